package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MountTest extends VfsTestBase {

  private MemoryStore second;

  @BeforeEach
  void newStore() {
    second = new MemoryStore();
  }

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    FileSystemUnderTest made = super.newFileSystem(onMachine, room);
    made.vfs().register(new MemoryFileSystem("other", second));
    return made;
  }

  private Mount mountSecond(String target, MountFlag... flags) throws ErrnoException {
    return vfs.mount("second", target, "other", Set.of(flags), "");
  }

  @Test
  void mount_coversTheDirectoryUntilUnmounted() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      put("/m/below", "below");
      mountSecond("/m");
      assertThat(names("/m")).isEmpty();
      put("/m/f", "on second");
      assertThat(vfs.stat("/m/f").device()).isNotEqualTo(vfs.stat("/").device());
      assertThat(vfs.stat("/m/..").inode()).isEqualTo(vfs.stat("/").inode());
      assertThat(vfs.stat("/m/../m/f").size()).isEqualTo(9);
      OpenFile file = vfs.open("/m/f");
      assertThat(vfs.path(file)).isEqualTo("/m/f");
      assertErrno(Errno.EBUSY, () -> vfs.unmount("/m"));
      vfs.close(file);
      vfs.unmount("/m");
      assertThat(names("/m")).containsExactly("below");
      assertThat(second.log).contains("release");
      mountSecond("/m");
      assertThat(text("/m/f")).isEqualTo("on second");
      vfs.unmount("/m");
    });
  }

  @Test
  void mountPoint_cannotBeRemovedOrMoved() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      vfs.mkdir("/d", 0755);
      put("/f", "");
      mountSecond("/m");
      put("/m/f", "");
      assertErrno(Errno.EBUSY, () -> vfs.rmdir("/m"));
      assertErrno(Errno.EBUSY, () -> vfs.rename("/m", "/n"));
      assertErrno(Errno.EBUSY, () -> vfs.rename("/d", "/m"));
      assertErrno(Errno.EXDEV, () -> vfs.rename("/m/f", "/g"));
      assertErrno(Errno.EXDEV, () -> vfs.link("/f", "/m/g"));
      assertErrno(Errno.EBUSY, () -> vfs.unmount("/"));
      vfs.dropCaches();
      assertThat(names("/m")).containsExactly("f");
      vfs.unmount("/m");
      vfs.rmdir("/m");
    });
  }

  @Test
  void mount_twice_sharesTheSuperBlock() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      vfs.mkdir("/n", 0755);
      Mount one = mountSecond("/m");
      Mount other = mountSecond("/n", MountFlag.NO_ACCESS_TIME);
      assertThat(other.superBlock()).isSameAs(one.superBlock());
      assertThat(other.flags()).containsExactly(MountFlag.NO_ACCESS_TIME);
      assertThat(one.flags()).isEmpty();
      put("/m/f", "shared");
      assertThat(text("/n/f")).isEqualTo("shared");
      assertErrno(Errno.EXDEV, () -> vfs.rename("/m/f", "/n/g"));
      assertErrno(Errno.EBUSY, () -> mountSecond("/m"));
      vfs.mkdir("/o", 0755);
      assertErrno(Errno.EBUSY, () -> mountSecond("/o", MountFlag.READ_ONLY));
      vfs.unmount("/m");
      assertThat(second.log).doesNotContain("release");
      assertThat(text("/n/f")).isEqualTo("shared");
      vfs.unmount("/n");
      assertThat(second.log).contains("release");
    });
  }

  @Test
  void mount_stacked_showsTheUppermost() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      mountSecond("/m");
      put("/m/second", "");
      MemoryStore third = new MemoryStore();
      vfs.register(new MemoryFileSystem("third", third));
      vfs.mount("third", "/m", "third", Set.of(), "");
      put("/m/third", "");
      assertThat(names("/m")).containsExactly("third");
      assertThat(vfs.stat("/m/..").inode()).isEqualTo(vfs.stat("/").inode());
      vfs.unmount("/m");
      assertThat(names("/m")).containsExactly("second");
      vfs.unmount("/m");
    });
  }

  @Test
  void mount_errors_leaveNothing() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.mkdir("/m", 0755);
      assertErrno(Errno.ENODEV, () -> vfs.mount("x", "/m", "ext9", Set.of(), ""));
      assertErrno(Errno.ENOENT, () -> vfs.mount("x", "/no", "other", Set.of(), ""));
      assertErrno(Errno.ENOENT, () -> vfs.mount("x", "/no", "ext9", Set.of(), ""));
      assertErrno(Errno.ENOTDIR, () -> vfs.mount("x", "/f", "other", Set.of(), ""));
      assertErrno(Errno.EINVAL, () -> vfs.mount("x", "/m", "other", Set.of(), "bad"));
      assertErrno(Errno.EINVAL, () -> vfs.unmount("/m"));
      assertErrno(Errno.EINVAL, () -> vfs.remount("/m", Set.of(), ""));
      as(
          1,
          1,
          () -> {
            assertErrno(Errno.EPERM, () -> vfs.mount("x", "/m", "other", Set.of(), ""));
            assertErrno(Errno.EPERM, () -> vfs.mount("x", "/m", "ext9", Set.of(), ""));
            assertErrno(Errno.ENOENT, () -> vfs.mount("x", "/no", "other", Set.of(), ""));
            assertErrno(Errno.ENOENT, () -> vfs.unmount("/no"));
            assertErrno(Errno.EPERM, () -> vfs.unmount("/m"));
            assertErrno(Errno.EPERM, () -> vfs.unmount("/"));
            assertErrno(Errno.EPERM, () -> vfs.remount("/", Set.of(), ""));
          });
      assertThat(vfs.mounts()).hasSize(1);
    });
  }

  @Test
  void unmounted_everythingFailsWithEnoent() throws Exception {
    run(() -> {
      vfs.unmount("/");
      assertErrno(Errno.ENOENT, () -> vfs.stat("/"));
      assertErrno(Errno.ENOENT, () -> vfs.mkdir("/d", 0755));
      assertThat(vfs.mounts()).isEmpty();
    });
  }

  @Test
  void unmount_syncFails_tellsAndUnmountsAllTheSame() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      mountSecond("/m");
      second.syncFailure = Errno.EIO;
      assertErrno(Errno.EIO, () -> vfs.unmount("/m"));
      assertThat(second.log).contains("release");
      assertThat(vfs.mounts()).hasSize(1);
    });
  }

  @Test
  void remountReadOnly_whileWriting_failsWithEbusy() throws Exception {
    run(() -> {
      OpenFile writer = create("/f");
      assertErrno(Errno.EBUSY, () -> vfs.remount("/", Set.of(MountFlag.READ_ONLY), ""));
      vfs.write(writer, new byte[10]);
      vfs.close(writer);
      OpenFile reader = vfs.open("/f");
      vfs.unlink("/f");
      assertErrno(Errno.EBUSY, () -> vfs.remount("/", Set.of(MountFlag.READ_ONLY), ""));
      put("/still-writable", "");
      vfs.close(reader);
      vfs.remount("/", Set.of(MountFlag.READ_ONLY), "");
      assertThat(store().log).contains("sync WAIT", "remount [READ_ONLY]");
      assertErrno(Errno.EROFS, () -> create("/g"));
      assertErrno(Errno.EROFS, () -> vfs.mkdir("/d", 0755));
      assertErrno(Errno.EEXIST, () -> vfs.mkdir("/still-writable", 0755));
      assertErrno(Errno.EROFS, () -> vfs.access("/still-writable", Vfs.MAY_WRITE));
      assertErrno(Errno.EROFS, () -> vfs.utimens("/", TimeChange.NOW, TimeChange.NOW));
      vfs.remount("/", Set.of(), "");
      assertErrno(Errno.EINVAL, () -> vfs.remount("/", Set.of(MountFlag.READ_ONLY), "bad"));
      vfs.close(create("/writable-again"));
    });
  }

  @Test
  void mountReadOnly_perMount_leavesTheOtherWritable() throws Exception {
    run(() -> {
      vfs.mkdir("/m", 0755);
      mountSecond("/m", MountFlag.READ_ONLY);
      assertErrno(Errno.EROFS, () -> create("/m/f"));
      put("/f", "");
      vfs.unmount("/m");
    });
  }

  @Test
  void mountInternally_takesPartInSync() throws Exception {
    run(() -> {
      SuperBlock devices = vfs.mountInternally("devices", "other", "");
      vfs.sync();
      assertThat(second.log)
          .containsSubsequence("sync NO_WAIT", "sync WAIT", "devices NO_WAIT", "devices WAIT");
      vfs.unmountInternally(devices);
      assertThat(second.log).contains("release");
      assertErrno(Errno.EINVAL, () -> vfs.unmountInternally(devices));
    });
  }
}
