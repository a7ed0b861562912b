package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Owner, group and mode. */
class AttributesTest extends VfsTestBase {

  @Test
  void chown_rules() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.chown("/f", 1, 10);
      vfs.chmod("/f", 06755);
      Credentials owner = new Credentials(1, 10, Set.of(11), 0);
      as(
          owner,
          () -> {
            assertErrno(Errno.EPERM, () -> vfs.chown("/f", 2, -1));
            assertErrno(Errno.EPERM, () -> vfs.chown("/f", -1, 12));
            vfs.chown("/f", 1, 11);
          });
      assertThat(vfs.stat("/f").gid()).isEqualTo(11);
      assertThat(vfs.stat("/f").permissions()).as("set-id bits go").isEqualTo(0755);
      vfs.chmod("/f", 06644);
      vfs.chown("/f", 1, 11);
      assertThat(vfs.stat("/f").permissions())
          .as("set-group-ID without group execution is no grant")
          .isEqualTo(02644);
      vfs.mkdir("/d", 0755);
      vfs.chmod("/d", 06755);
      vfs.chown("/d", 1, 1);
      assertThat(vfs.stat("/d").permissions()).isEqualTo(06755);
      vfs.symlink("f", "/l");
      vfs.lchown("/l", 5, 6);
      assertThat(vfs.lstat("/l").uid()).isEqualTo(5);
      assertThat(vfs.stat("/f").uid()).isEqualTo(1);
    });
  }

  @Test
  void chown_ofNothing_takesSetIdBitsFromOwnersFilesOnly() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.chmod("/f", 04755);
      as(7, 7, () -> assertErrno(Errno.EPERM, () -> vfs.chown("/f", -1, -1)));
      assertThat(vfs.stat("/f").permissions()).isEqualTo(04755);
      vfs.chown("/f", -1, -1);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(0755);
      as(7, 7, () -> vfs.chown("/f", -1, -1));
    });
  }

  @Test
  void chmod_rules() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.chown("/f", 1, 10);
      as(2, 10, () -> assertErrno(Errno.EPERM, () -> vfs.chmod("/f", 0777)));
      as(1, 99, () -> vfs.chmod("/f", 06755));
      assertThat(vfs.stat("/f").permissions()).as("not in the group").isEqualTo(04755);
      as(1, 10, () -> vfs.chmod("/f", 06755));
      assertThat(vfs.stat("/f").permissions()).isEqualTo(06755);
      vfs.symlink("f", "/l");
      vfs.chmod("/l", 0600);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(0600);
      assertErrno(Errno.EOPNOTSUPP, () -> vfs.chmodAt(null, "/l", 0600, LinkMode.NO_FOLLOW));
    });
  }

  @Test
  void umask_takesBitsAway() throws Exception {
    run(() ->
        as(
            new Credentials(0, 0, Set.of(), 0077),
            () -> {
              vfs.close(vfs.open("/f", 06777, OpenFlag.CREATE));
              vfs.mkdir("/d", 01777);
              assertThat(vfs.stat("/f").permissions()).isEqualTo(06700);
              assertThat(vfs.stat("/d").permissions()).isEqualTo(01700);
            }));
  }
}
