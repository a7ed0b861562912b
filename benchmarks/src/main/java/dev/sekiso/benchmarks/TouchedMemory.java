package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.lang.foreign.MemorySegment;

/**
 * The memory of a new stack's page cache, made real before anything is measured.
 *
 * <p>The system gives memory when it is first touched, and a virtual machine whose hypervisor takes
 * back what is free (free page reporting) may wait for that longer than for its disk. The kernel's
 * page cache, which is on the other side of the comparison, has the memory that it freed a moment
 * ago. A stack that has run for a while has its own.
 */
final class TouchedMemory {

  private static final String NAME = "/hole";

  private final long mebibytes;

  TouchedMemory(long mebibytes) {
    this.mebibytes = mebibytes;
  }

  /** The stack's setting {@code memory}. */
  String setting() {
    return mebibytes + "m";
  }

  /**
   * Reads a hole as large as the cache, which takes every page that is free and nothing of the
   * disk, and gives the pages back.
   */
  void touch(StorageStack stack, MemorySegment piece) throws ErrnoException {
    long bytes = mebibytes << 20;
    OpenFile hole = stack.vfs().open(NAME, 0600, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    try {
      stack.vfs().ftruncate(hole, bytes);
      long total = 0;
      int count;
      while ((count = stack.vfs().read(hole, piece)) > 0) {
        total += count;
      }
      if (total != bytes) {
        throw new AssertionError("a hole of " + bytes + " bytes ended after " + total);
      }
    } finally {
      stack.vfs().close(hole);
      stack.vfs().unlink(NAME);
    }
    stack.sync();
  }
}
