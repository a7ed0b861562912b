package dev.sekiso.vfs;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who may read, write, search, execute and remove. */
class PermissionTest extends VfsTestBase {

  @Test
  void permission_class_isTheFirstThatFits() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.chown("/f", 10, 20);
      Credentials owner = new Credentials(10, 20, Set.of(), 0);
      Credentials group = new Credentials(11, 99, Set.of(20), 0);
      Credentials other = new Credentials(12, 99, Set.of(98), 0);
      for (int mode = 0; mode < 0777; mode += 037) {
        vfs.chmod("/f", mode);
        checkAccess(owner, mode >> 6);
        checkAccess(group, mode >> 3);
        checkAccess(other, mode);
      }
    });
  }

  private void checkAccess(Credentials who, int bits) throws ErrnoException {
    as(
        who,
        () -> {
          for (int mask = 1; mask < 8; mask++) {
            int asked = mask;
            if ((mask & 7 & ~bits) == 0) {
              vfs.access("/f", asked);
            } else {
              assertErrno(Errno.EACCES, () -> vfs.access("/f", asked));
            }
          }
          vfs.access("/f", 0);
          assertErrno(Errno.EINVAL, () -> vfs.access("/f", 8));
        });
  }

  @Test
  void superUser_executesOnlyWhatSomebodyMay() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.chmod("/f", 0);
      vfs.access("/f", Vfs.MAY_READ | Vfs.MAY_WRITE);
      assertErrno(Errno.EACCES, () -> vfs.access("/f", Vfs.MAY_EXECUTE));
      vfs.chmod("/f", 0010);
      vfs.access("/f", Vfs.MAY_EXECUTE);
      vfs.mkdir("/d", 0);
      vfs.access("/d", Vfs.MAY_EXECUTE);
    });
  }

  @Test
  void stickyDirectory_letsOwnersRemoveOnly() throws Exception {
    run(() -> {
      vfs.mkdir("/tmp", 0777);
      vfs.chmod("/tmp", 01777);
      as(
          1,
          1,
          () -> {
            put("/tmp/one", "");
            vfs.mkdir("/tmp/d", 0777);
          });
      as(
          2,
          2,
          () -> {
            put("/tmp/two", "");
            assertErrno(Errno.EPERM, () -> vfs.unlink("/tmp/one"));
            assertErrno(Errno.EPERM, () -> vfs.rmdir("/tmp/d"));
            assertErrno(Errno.EPERM, () -> vfs.rename("/tmp/one", "/tmp/x"));
            assertErrno(Errno.EPERM, () -> vfs.rename("/tmp/two", "/tmp/one"));
            vfs.unlink("/tmp/two");
          });
      as(1, 1, () -> vfs.unlink("/tmp/one"));
      vfs.rmdir("/tmp/d");
    });
  }

  @Test
  void removing_needsWriteOnTheDirectoryNotTheFile() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0777);
      vfs.chmod("/d", 0777);
      put("/d/f", "");
      vfs.chmod("/d/f", 0);
      as(1, 1, () -> vfs.unlink("/d/f"));
      vfs.mkdir("/d/sub", 0755);
      vfs.mkdir("/e", 0755);
      vfs.chmod("/e", 0777);
      as(
          1,
          1,
          () -> {
            assertErrno(Errno.EACCES, () -> vfs.rename("/d/sub", "/e/sub"));
            vfs.rename("/d/sub", "/d/renamed");
          });
    });
  }
}
