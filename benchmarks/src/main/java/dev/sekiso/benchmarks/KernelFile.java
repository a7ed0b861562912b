package dev.sekiso.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The same pages in a file of the host, all in the kernel's page cache. */
@State(Scope.Benchmark)
public class KernelFile {

  private static final int CHUNK_PAGES = 256;

  Path path;

  @Setup
  public void setUp(Resident resident) throws IOException {
    path = Files.createTempFile("sekiso-benchmark", ".pages");
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_PAGES << PageOrder.PAGE_SHIFT);
      for (int first = 0; first < resident.pages; first += CHUNK_PAGES) {
        int count = Math.min(CHUNK_PAGES, resident.pages - first);
        chunk.clear().limit(count << PageOrder.PAGE_SHIFT);
        for (int i = 0; i < count; i++) {
          chunk.putLong(i << PageOrder.PAGE_SHIFT, first + i);
        }
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
    }
  }

  @TearDown
  public void tearDown() throws IOException {
    Files.delete(path);
  }

  /** A thread's channel. */
  @State(Scope.Thread)
  public static class Opened {
    FileChannel channel;

    @Setup
    public void setUp(KernelFile file) throws IOException {
      channel = FileChannel.open(file.path, StandardOpenOption.READ);
    }

    @TearDown
    public void tearDown() throws IOException {
      channel.close();
    }
  }
}
