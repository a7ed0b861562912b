package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemHarness;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.TimeChange;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.VfsSettings;
import org.junit.jupiter.api.Test;

/** What {@code chattr} sets on an ext2 inode binds the calls of the VFS. */
class Ext2InodeFlagsTest extends FileSystemHarness {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws ErrnoException {
    return new Ext2UnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        VfsSettings.DEFAULT,
        4 << 20,
        Ext2Format.DEFAULT.withTables(Ext2Format.Tables.ZEROED));
  }

  private void setFlags(String path, int flags) throws ErrnoException {
    OpenFile file = vfs.open(path);
    ((Ext2Inode) file.inode()).setFlags(flags);
    vfs.close(file);
  }

  @Test
  void immutable_isNotChanged() throws Exception {
    run(() -> {
      put("/f", "abc");
      setFlags("/f", RawInode.FLAG_IMMUTABLE);
      assertErrno(Errno.EPERM, () -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      assertErrno(Errno.EPERM, () -> vfs.truncate("/f", 0));
      assertErrno(Errno.EPERM, () -> vfs.chmod("/f", 0600));
      assertErrno(Errno.EPERM, () -> vfs.unlink("/f"));
      assertThat(text("/f")).isEqualTo("abc");
      setFlags("/f", 0);
      vfs.unlink("/f");
    });
  }

  @Test
  void appendOnly_growsOnly() throws Exception {
    run(() -> {
      put("/f", "abc");
      setFlags("/f", RawInode.FLAG_APPEND);
      assertErrno(Errno.EPERM, () -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      OpenFile file = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      assertErrno(Errno.EPERM, () -> vfs.setFlags(file, 0));
      assertErrno(Errno.EPERM, () -> vfs.ftruncate(file, 0));
      assertThat(vfs.write(file, new byte[] {'d'})).isEqualTo(1);
      vfs.close(file);
      assertThat(text("/f")).isEqualTo("abcd");
      setFlags("/f", 0);
    });
  }

  @Test
  void noAccessTime_isKept() throws Exception {
    run(() -> {
      put("/f", "abc");
      Timestamp before = new Timestamp(1000, 0);
      vfs.utimens("/f", TimeChange.to(before), TimeChange.OMIT);
      setFlags("/f", RawInode.FLAG_NO_ATIME);
      text("/f");
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(before);
    });
  }
}
