package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Errseq;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SyncTest extends VfsTestBase {

  private static Errseq errors(OpenFile file) {
    return ((MemoryFileSystem.MemoryInode) file.inode()).errors;
  }

  @Test
  void fsync_earlierWritebackFailed_tellsEachOpenFileOnce() throws Exception {
    run(() -> {
      OpenFile one = create("/f");
      OpenFile other = vfs.open("/f");
      errors(one).set(Errno.EIO);
      assertErrno(Errno.EIO, () -> vfs.fsync(one));
      vfs.fsync(one);
      assertErrno(Errno.EIO, () -> vfs.fdatasync(other));
      vfs.fsync(other);
      OpenFile later = vfs.open("/f");
      vfs.fsync(later);
      errors(one).set(Errno.ENOSPC);
      assertErrno(Errno.ENOSPC, () -> vfs.fsync(later));
      assertErrno(Errno.ENOSPC, () -> vfs.syncFileRange(one, 0, 0, FileOperations.WAIT_AFTER));
      vfs.close(other);
      vfs.close(one);
      vfs.close(later);
    });
  }

  @Test
  void open_afterUnseenError_stillHears() throws Exception {
    run(() -> {
      OpenFile one = create("/f");
      errors(one).set(Errno.EIO);
      OpenFile later = vfs.open("/f");
      assertErrno(Errno.EIO, () -> vfs.fsync(later));
      vfs.close(one);
      vfs.close(later);
    });
  }

  @Test
  void close_afterError_doesNotTell() throws Exception {
    run(() -> {
      OpenFile one = create("/f");
      OpenFile other = vfs.duplicate(one);
      errors(one).set(Errno.EIO);
      vfs.close(other);
      assertErrno(Errno.EIO, () -> vfs.fsync(one));
      vfs.close(one);
    });
  }

  @Test
  void fsync_failsItself_tellsOnce() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      store().syncFailure = Errno.EIO;
      errors(file).set(Errno.EIO);
      assertErrno(Errno.EIO, () -> vfs.fsync(file));
      store().syncFailure = null;
      vfs.fsync(file);
      vfs.close(file);
    });
  }

  @Test
  void synchronousWrite_syncFails_leavesThePosition() throws Exception {
    run(() -> {
      put("/f", "");
      OpenFile file = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.DATA_SYNCHRONOUS);
      store().syncFailure = Errno.EIO;
      assertErrno(Errno.EIO, () -> vfs.write(file, new byte[10]));
      assertThat(file.position()).isZero();
      store().syncFailure = null;
      assertThat(vfs.write(file, new byte[10])).isEqualTo(10);
      assertThat(file.position()).isEqualTo(10);
      vfs.close(file);
    });
  }

  @Test
  void synchronousWrite_syncsWhatItWrote() throws Exception {
    run(() -> {
      put("/f", "1234567890");
      OpenFile data = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.DATA_SYNCHRONOUS);
      OpenFile all = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.SYNCHRONOUS);
      OpenFile none = vfs.open("/f", OpenFlag.WRITE_ONLY);
      String prefix = "fsync " + data.inode().number() + " ";
      store().log.clear();
      vfs.pwrite(data, new byte[3], 5);
      vfs.pwrite(all, new byte[4], 2);
      vfs.pwrite(none, new byte[4], 0);
      MemorySegment[] one = {MemorySegment.ofArray(new byte[1])};
      vfs.pwritev2(none, one, 7, TransferFlags.DATA_SYNCHRONOUS);
      vfs.pwritev2(none, one, 8, TransferFlags.SYNCHRONOUS);
      assertThat(store().log)
          .containsExactly(
              prefix + "5-7 DATA", prefix + "2-5 ALL", prefix + "7-7 DATA", prefix + "8-8 ALL");
      store().syncFailure = Errno.EIO;
      assertErrno(Errno.EIO, () -> vfs.pwrite(data, new byte[3], 5));
      store().syncFailure = null;
      vfs.close(data);
      vfs.close(all);
      vfs.close(none);
    });
  }

  @Test
  void syncfs_tellsTheFileSystemsErrorsOnce() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      superBlock().errors().set(Errno.EIO);
      assertErrno(Errno.EIO, () -> vfs.syncfs(file));
      vfs.syncfs(file);
      store().syncFailure = Errno.ENOSPC;
      assertErrno(Errno.ENOSPC, () -> vfs.syncfs(file));
      store().syncFailure = null;
      vfs.syncfs(file);
      vfs.close(file);
    });
  }

  @Test
  void sync_alwaysSucceedsAndKeepsTheError() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      store().syncFailure = Errno.EIO;
      vfs.sync();
      store().syncFailure = null;
      assertErrno(Errno.EIO, () -> vfs.syncfs(file));
      vfs.close(file);
    });
  }

  @Test
  void sync_readOnlyFileSystem_isLeftAlone() throws Exception {
    run(() -> {
      vfs.remount("/", Set.of(MountFlag.READ_ONLY), "");
      store().log.clear();
      vfs.sync();
      assertThat(store().log).containsExactly("devices NO_WAIT", "devices WAIT");
    });
  }

  @Test
  void syncFileRange_checksItsArguments() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      assertErrno(Errno.EINVAL, () -> vfs.syncFileRange(file, 0, 0, 8));
      assertErrno(Errno.EINVAL, () -> vfs.syncFileRange(file, -1, 0, 0));
      assertErrno(Errno.EINVAL, () -> vfs.syncFileRange(file, 0, -1, 0));
      assertErrno(Errno.EINVAL, () -> vfs.syncFileRange(file, Long.MAX_VALUE, 1, 0));
      store().log.clear();
      vfs.syncFileRange(file, 10, 0, FileOperations.START_WRITE);
      vfs.syncFileRange(file, 10, 5, 7);
      assertThat(store().log).containsExactly("range 10-" + Long.MAX_VALUE + " 2", "range 10-14 7");
      vfs.close(file);
      vfs.mknod("/fifo", FileType.FIFO.modeBits() | 0600, 0);
      OpenFile fifo = vfs.open("/fifo");
      assertErrno(Errno.ESPIPE, () -> vfs.syncFileRange(fifo, 0, 0, 0));
      assertErrno(Errno.ESPIPE, () -> vfs.lseek(fifo, 0, SeekFrom.START));
      assertErrno(Errno.ESPIPE, () -> vfs.fadvise(fifo, 0, 0, 0));
      vfs.close(fifo);
    });
  }
}
