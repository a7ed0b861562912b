package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reads a large file from end to end that neither we nor the kernel have in memory. */
public class ColdReads extends MillisecondsPerFile {

  /** {@code Vfs.read} of a file on ext2 on {@code file:}. */
  @Benchmark
  public long vfs(Image image, Mounted mounted) throws ErrnoException {
    long total = 0;
    int count;
    while ((count = mounted.stack.vfs().read(mounted.file, image.host.piece)) > 0) {
      total += count;
    }
    return total;
  }

  /** {@code FileChannel.read} of the same image. */
  @Benchmark
  public long fileChannel(Image image, Channel channel) throws IOException {
    ByteBuffer buffer = image.host.piece.asByteBuffer();
    long total = 0;
    int count;
    while (total < image.bytes() && (count = channel.channel.read(buffer.clear())) > 0) {
      total += count;
    }
    return total;
  }

  /** An image with one file on it. */
  @State(Scope.Benchmark)
  public static class Image {
    private static final String NAME = "cold.img";

    HostImage host;
    Path path;

    /** Room for all of the file, as the kernel has it on a host fit for this measurement. */
    TouchedMemory memory;

    @Setup
    public void setUp(HostImage place) throws IOException {
      host = place;
      host.open();
      path = host.path(NAME);
      memory = new TouchedMemory(host.mebibytes + host.mebibytes / 4);
      try (StorageStack stack = stack()) {
        OpenFile file = stack.vfs().open("/file", 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
        for (int i = 0; i < host.mebibytes; i++) {
          stack.vfs().write(file, host.piece);
        }
        stack.vfs().fsync(file);
        stack.vfs().close(file);
      }
    }

    long bytes() {
      return (long) host.mebibytes << 20;
    }

    StorageStack stack() throws ErrnoException {
      return StorageStack.builder()
          .device(host.device(NAME))
          .fileSystem("ext2?block_size=4k")
          .memory(memory.setting())
          .build();
    }

    @TearDown
    public void tearDown() throws IOException {
      host.close();
    }
  }

  /** The stack, mounted on the cold image. */
  @State(Scope.Benchmark)
  public static class Mounted {
    StorageStack stack;
    OpenFile file;

    @Setup(Level.Invocation)
    public void setUp(Image image) throws IOException {
      stack = image.stack();
      image.memory.touch(stack, image.host.scratch);
      file = stack.vfs().open("/file", OpenFlag.READ_ONLY);
      HostCache.drop(image.path);
    }

    @TearDown(Level.Invocation)
    public void tearDown() throws ErrnoException {
      stack.vfs().close(file);
      stack.close();
    }
  }

  /** A channel to the cold image. */
  @State(Scope.Benchmark)
  public static class Channel {
    FileChannel channel;

    @Setup(Level.Invocation)
    public void setUp(Image image) throws IOException {
      HostCache.drop(image.path);
      channel = FileChannel.open(image.path, StandardOpenOption.READ);
    }

    @TearDown(Level.Invocation)
    public void tearDown() throws IOException {
      channel.close();
    }
  }
}
