package dev.sekiso.integration.contents;

import static dev.sekiso.integration.contents.FileContentsContract.PAGE;
import static dev.sekiso.integration.contents.FileContentsContract.assertErrno;
import static dev.sekiso.integration.contents.FileContentsContract.bytes;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What holds for files that can be read and written past the cache. */
final class DirectTransfers {

  private static final int SECTOR = 512;

  private DirectTransfers() {}

  /** Direct and cached calls see each other's bytes at once. */
  static void agreeWithCached(CheckedFile file) throws ErrnoException {
    file.write(0, bytes(20 * PAGE + 100, 1));
    file.checkDirectly(0, 16 * PAGE);
    file.checkDirectly(20 * PAGE, PAGE);
    file.checkAll();
    file.writeDirectly(2 * PAGE, bytes(5 * PAGE, 2));
    file.checkAll();
    file.write(3 * PAGE + 17, bytes(1000, 3));
    file.checkDirectly(3 * PAGE, PAGE);
    file.writeDirectly(3 * PAGE + SECTOR, bytes(3 * SECTOR, 4));
    file.checkAll();
    file.checkDirectly(PAGE, 10 * PAGE);
  }

  /** What is not aligned to the device's sectors is refused. */
  static void refuseWhatIsNotAligned(Vfs vfs, CheckedFile file) throws ErrnoException {
    file.write(0, bytes(4 * PAGE, 5));
    OpenFile direct = vfs.open(file.path(), OpenFlag.READ_WRITE, OpenFlag.DIRECT);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(PAGE, PAGE);
      assertErrno(Errno.EINVAL, () -> vfs.pread(direct, memory, 100));
      assertErrno(Errno.EINVAL, () -> vfs.pread(direct, memory.asSlice(0, 100), 0));
      assertErrno(Errno.EINVAL, () -> vfs.pwrite(direct, memory, 100));
      assertErrno(Errno.EINVAL, () -> vfs.pwrite(direct, memory.asSlice(0, 100), 0));
    } finally {
      vfs.close(direct);
    }
    file.checkAll();
  }
}
