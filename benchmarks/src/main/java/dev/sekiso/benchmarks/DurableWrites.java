package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Writes a large new file from end to end, until it is safe on the disk. */
public class DurableWrites extends MillisecondsPerFile {

  /** {@code Vfs.write} and {@code Vfs.fsync} of a file on ext2 on {@code file:}. */
  @Benchmark
  public long vfs(Mounted mounted) throws ErrnoException {
    long total = 0;
    for (int i = 0; i < mounted.host.mebibytes; i++) {
      total += mounted.stack.vfs().write(mounted.file, mounted.host.piece);
    }
    mounted.stack.vfs().fsync(mounted.file);
    return total;
  }

  /** {@code FileChannel.write} and {@code FileChannel.force} of a file of the host. */
  @Benchmark
  public long fileChannel(Channel channel) throws IOException {
    ByteBuffer buffer = channel.host.piece.asByteBuffer();
    long total = 0;
    for (int i = 0; i < channel.host.mebibytes; i++) {
      buffer.clear();
      while (buffer.hasRemaining()) {
        total += channel.channel.write(buffer);
      }
    }
    channel.channel.force(true);
    return total;
  }

  /** A stack on a fresh, sparse image. */
  @State(Scope.Benchmark)
  public static class Mounted {
    private static final String NAME = "new.img";

    /** A quarter of the data: the writer is held to the disk's pace. */
    private static final TouchedMemory MEMORY = new TouchedMemory(256);

    HostImage host;
    StorageStack stack;
    OpenFile file;

    @Setup
    public void open(HostImage place) throws IOException {
      host = place;
      host.open();
    }

    @Setup(Level.Invocation)
    public void setUp() throws IOException {
      stack =
          StorageStack.builder()
              .device(host.device(NAME))
              .fileSystem("ext2?block_size=4k")
              .memory(MEMORY.setting())
              .build();
      MEMORY.touch(stack, host.scratch);
      file = stack.vfs().open("/file", 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    }

    @TearDown(Level.Invocation)
    public void tearDown() throws IOException {
      stack.vfs().close(file);
      stack.close();
      Files.delete(host.path(NAME));
    }

    @TearDown
    public void close() throws IOException {
      host.close();
    }
  }

  /** A channel to a fresh file. */
  @State(Scope.Benchmark)
  public static class Channel {
    private static final String NAME = "new.data";

    HostImage host;
    FileChannel channel;

    @Setup
    public void open(HostImage place) throws IOException {
      host = place;
      host.open();
    }

    @Setup(Level.Invocation)
    public void setUp() throws IOException {
      channel =
          FileChannel.open(
              host.path(NAME), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @TearDown(Level.Invocation)
    public void tearDown() throws IOException {
      channel.close();
      Files.delete(host.path(NAME));
    }

    @TearDown
    public void close() throws IOException {
      host.close();
    }
  }
}
