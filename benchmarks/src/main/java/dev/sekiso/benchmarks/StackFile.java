package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One file of numbered pages on an ext2 file system on a whole stack. */
final class StackFile implements AutoCloseable {

  private static final String PATH = "/file";
  private static final int CHUNK_PAGES = 256;

  /** What ext2 needs beside the data of one large file: tables, bitmaps, indirect blocks. */
  private static final long OVERHEAD_BYTES = 32L << 20;

  final StorageStack stack;
  final Vfs vfs;
  private final Queue<OpenFile> opened = new ConcurrentLinkedQueue<>();

  private StackFile(StorageStack stack) {
    this.stack = stack;
    this.vfs = stack.vfs();
  }

  /**
   * A stack on {@code ram:} with a file on it that has been read once.
   *
   * @param pages of the file
   * @param memoryBytes of the page cache
   */
  static StackFile inMemory(int pages, long memoryBytes) throws ErrnoException {
    long bytes = (long) pages << PageOrder.PAGE_SHIFT;
    StackFile file =
        new StackFile(
            StorageStack.builder()
                .device("ram:" + ((bytes + OVERHEAD_BYTES) >> 10) + "k")
                .fileSystem("ext2?block_size=4k")
                .memory((memoryBytes >> 10) + "k")
                .build());
    file.write(pages);
    file.readOnce(bytes);
    return file;
  }

  /** Memory in which a file of so many pages stays as a whole. */
  static long memoryFor(int pages) {
    return ((long) pages << PageOrder.PAGE_SHIFT) * 17 / 16 + OVERHEAD_BYTES;
  }

  /** Opens the file; {@link #close} closes it. */
  OpenFile open() throws ErrnoException {
    OpenFile file = vfs.open(PATH, OpenFlag.READ_ONLY);
    opened.add(file);
    return file;
  }

  private void write(int pages) throws ErrnoException {
    OpenFile file = vfs.open(PATH, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment chunk = arena.allocate((long) CHUNK_PAGES << PageOrder.PAGE_SHIFT, 4096);
      for (int first = 0; first < pages; first += CHUNK_PAGES) {
        int count = Math.min(CHUNK_PAGES, pages - first);
        for (int i = 0; i < count; i++) {
          chunk.set(ValueLayout.JAVA_LONG, (long) i << PageOrder.PAGE_SHIFT, first + i);
        }
        writeAll(file, chunk.asSlice(0, (long) count << PageOrder.PAGE_SHIFT));
      }
      vfs.fsync(file);
    } finally {
      vfs.close(file);
    }
  }

  private void writeAll(OpenFile file, MemorySegment source) throws ErrnoException {
    long done = 0;
    while (done < source.byteSize()) {
      done += vfs.write(file, source.asSlice(done));
    }
  }

  private void readOnce(long bytes) throws ErrnoException {
    OpenFile file = vfs.open(PATH, OpenFlag.READ_ONLY);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment chunk = arena.allocate((long) CHUNK_PAGES << PageOrder.PAGE_SHIFT, 4096);
      long position = 0;
      while (position < bytes) {
        position += vfs.pread(file, chunk, position);
      }
    } finally {
      vfs.close(file);
    }
  }

  @Override
  public void close() throws ErrnoException {
    for (OpenFile file : opened) {
      vfs.close(file);
    }
    stack.close();
  }
}
