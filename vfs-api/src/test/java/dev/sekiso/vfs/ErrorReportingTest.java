package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who hears of a failed write when it is the first that waits, as before Linux 4.13. */
class ErrorReportingTest extends FileSystemHarness {

  private ErrorReporting reporting;

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new MemoryFileSystemUnderTest(
        onMachine, VfsSettings.DEFAULT.withErrorReporting(reporting));
  }

  private MemoryStore store() {
    return ((MemoryFileSystemUnderTest) fileSystem).store;
  }

  private static Errseq errors(OpenFile file) {
    return ((MemoryFileSystem.MemoryInode) file.inode()).errors;
  }

  private interface Program {
    void run(OpenFile one, OpenFile other) throws Exception;
  }

  private void twoOpenFiles(ErrorReporting who, Program program) throws Exception {
    reporting = who;
    run(() -> {
      OpenFile one = create("/f");
      OpenFile other = vfs.open("/f", OpenFlag.READ_WRITE);
      program.run(one, other);
      vfs.close(one);
      vfs.close(other);
    });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EACH_OPEN_FILE")
  void fsync_twoOpenFilesOneError_firstAloneHears(ErrorReporting who) throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          errors(one).set(Errno.EIO);
          assertErrno(Errno.EIO, () -> vfs.fdatasync(other));
          vfs.fsync(one);
          OpenFile later = vfs.open("/f");
          vfs.fsync(later);
          vfs.close(later);
        });
  }

  @Test
  void fsync_eachOpenFile_bothHearTheLatestAndNoneTwice() throws Exception {
    twoOpenFiles(
        ErrorReporting.EACH_OPEN_FILE,
        (one, other) -> {
          errors(one).set(Errno.EIO);
          errors(one).set(Errno.ENOSPC);
          assertErrno(Errno.ENOSPC, () -> vfs.fsync(one));
          assertErrno(Errno.ENOSPC, () -> vfs.fsync(other));
          vfs.fsync(one);
          vfs.fsync(other);
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EACH_OPEN_FILE")
  void fsync_bothErrorsInEitherOrder_tellsOfInputAndOutputOnce(ErrorReporting who)
      throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          errors(one).set(Errno.EIO);
          errors(one).set(Errno.ENOSPC);
          assertErrno(Errno.EIO, () -> vfs.fsync(one));
          vfs.fsync(other);
          errors(one).set(Errno.ENOSPC);
          assertErrno(Errno.ENOSPC, () -> vfs.fsync(other));
          vfs.fsync(one);
        });
  }

  @ParameterizedTest
  @EnumSource
  void close_afterError_leavesItToTheOther(ErrorReporting who) throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          errors(one).set(Errno.EIO);
          vfs.close(vfs.open("/f", OpenFlag.WRITE_ONLY));
          assertErrno(Errno.EIO, () -> vfs.fsync(other));
        });
  }

  @Test
  void open_afterSeenError_hearsNothingInAnyKernel() throws Exception {
    for (ErrorReporting who : ErrorReporting.values()) {
      twoOpenFiles(
          who,
          (one, other) -> {
            errors(one).set(Errno.EIO);
            assertErrno(Errno.EIO, () -> vfs.fsync(one));
            OpenFile later = vfs.open("/f");
            vfs.fsync(later);
            vfs.close(later);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EACH_OPEN_FILE")
  void synchronousWrite_andWaitForARange_areWaiters(ErrorReporting who) throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          OpenFile synchronous = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.SYNCHRONOUS);
          errors(one).set(Errno.EIO);
          vfs.syncFileRange(one, 0, 0, FileOperations.START_WRITE);
          assertErrno(Errno.EIO, () -> vfs.pwrite(synchronous, new byte[3], 0));
          vfs.fsync(one);
          errors(one).set(Errno.ENOSPC);
          assertErrno(Errno.ENOSPC, () -> vfs.syncFileRange(one, 0, 0, FileOperations.WAIT_AFTER));
          vfs.fsync(other);
          vfs.pwrite(synchronous, new byte[3], 0);
          vfs.close(synchronous);
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EACH_OPEN_FILE")
  void fsync_failsItself_takesTheEarlierErrorWithIt(ErrorReporting who) throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          errors(one).set(Errno.ENOSPC);
          store().syncFailure = Errno.EIO;
          assertErrno(Errno.EIO, () -> vfs.fsync(one));
          store().syncFailure = null;
          vfs.fsync(other);
          vfs.fsync(one);
        });
  }

  @ParameterizedTest
  @EnumSource
  void syncfs_earlierError_isToldSinceEachOpenFileHears(ErrorReporting who) throws Exception {
    twoOpenFiles(
        who,
        (one, other) -> {
          vfs.mounts().getFirst().superBlock().errors().set(Errno.EIO);
          if (who == ErrorReporting.EACH_OPEN_FILE) {
            assertErrno(Errno.EIO, () -> vfs.syncfs(one));
            assertErrno(Errno.EIO, () -> vfs.syncfs(other));
          }
          vfs.syncfs(one);
          vfs.syncfs(other);
          store().syncFailure = Errno.ENOSPC;
          assertErrno(Errno.ENOSPC, () -> vfs.syncfs(one));
          store().syncFailure = null;
          vfs.syncfs(one);
          assertThat(one.isClosed()).isFalse();
        });
  }
}
