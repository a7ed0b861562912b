package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EBADF;
import static dev.sekiso.machine.Errno.EROFS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every file system does when it is mounted, remounted and gone. */
abstract class MountContract extends FileSystemHarness {

  @Test
  void remount_readOnly_refusesChanges() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.remount("/", Set.of(MountFlag.READ_ONLY), "");
      assertErrno(EROFS, () -> create("/g"));
      assertErrno(EROFS, () -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      assertErrno(EROFS, () -> vfs.unlink("/f"));
      assertErrno(EROFS, () -> vfs.chmod("/f", 0600));
      assertErrno(EROFS, () -> vfs.truncate("/f", 0));
      assertThat(text("/f")).isEqualTo("x");
      vfs.remount("/", Set.of(), "");
      put("/g", "y");
      assertThat(text("/g")).isEqualTo("y");
    });
  }

  @Test
  void mount_again_showsTheSameTreeReadOnly() throws Exception {
    run(() -> {
      if (!fileSystem.keepsFiles()) {
        return;
      }
      vfs.mkdir("/d", 0750);
      put("/d/f", pattern(30_000, 9));
      vfs.symlink("d/f", "/l");
      var before = snapshot();
      vfs.unmount("/");
      fileSystem.mount(Set.of(MountFlag.READ_ONLY));
      assertThat(snapshot()).isEqualTo(before);
      assertErrno(EROFS, () -> vfs.unlink("/d/f"));
      vfs.unmount("/");
      fileSystem.mount(Set.of());
    });
  }

  @Test
  void closed_refusesEverything() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.close(file);
      assertErrno(EBADF, () -> vfs.close(file));
      assertErrno(EBADF, () -> vfs.read(file, new byte[1]));
      assertErrno(EBADF, () -> vfs.write(file, new byte[1]));
      assertErrno(EBADF, () -> vfs.fsync(file));
      assertErrno(EBADF, () -> vfs.fstat(file));
    });
  }
}
