package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PathWalkTest extends VfsTestBase {

  @Test
  void path_slashesAndDots_areNothing() throws Exception {
    run(() -> {
      vfs.mkdir("/a", 0755);
      put("/a/f", "x");
      for (String path :
          new String[] {
            "/a/f", "//a///f", "/./a/./f", "/a/../a/f", "/../../a/f", "a/f", "./a/f", "../a/f"
          }) {
        assertThat(text(path)).as(path).isEqualTo("x");
      }
      assertThat(vfs.stat("/.").inode()).isEqualTo(vfs.stat("/").inode());
      assertThat(vfs.stat("///").inode()).isEqualTo(vfs.stat("/").inode());
      assertThat(vfs.stat("/a/").inode()).isEqualTo(vfs.stat("/a").inode());
    });
  }

  @Test
  void path_lengths_areLimited() throws Exception {
    run(() -> {
      assertErrno(Errno.ENOENT, () -> vfs.stat(""));
      String long4095 = "/" + "./".repeat(2047);
      assertThat(long4095).hasSize(4095);
      assertThat(vfs.stat(long4095).inode()).isEqualTo(vfs.stat("/").inode());
      assertErrno(Errno.ENAMETOOLONG, () -> vfs.stat(long4095 + "/"));
      assertErrno(Errno.EINVAL, () -> vfs.stat("/a\0b"));
    });
  }

  @Test
  void name_tooLong_isToldWhereItWouldBeLookedUp() throws Exception {
    run(() -> {
      String name = "x".repeat(256);
      put("/f", "");
      vfs.mkdir("/secret", 0700);
      assertErrno(Errno.ENAMETOOLONG, () -> vfs.stat("/" + name));
      assertErrno(Errno.ENAMETOOLONG, () -> vfs.mkdir("/" + name, 0755));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/f/" + name));
      assertErrno(Errno.ENOTDIR, () -> vfs.mkdir("/f/" + name, 0755));
      as(1, 1, () -> assertErrno(Errno.EACCES, () -> vfs.stat("/secret/" + name)));
      as(1, 1, () -> assertErrno(Errno.EACCES, () -> vfs.unlink("/secret/" + name)));
    });
  }

  @Test
  void path_throughFile_failsWithEnotdir() throws Exception {
    run(() -> {
      put("/f", "x");
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/f/"));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/f/."));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/f/.."));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/f/g"));
      assertErrno(Errno.ENOTDIR, () -> vfs.open("/f/"));
      assertErrno(Errno.ENOTDIR, () -> vfs.open("/f", OpenFlag.DIRECTORY));
      assertErrno(Errno.ENOTDIR, () -> vfs.unlink("/f/"));
      assertErrno(Errno.EISDIR, () -> vfs.open("/g/", 0644, OpenFlag.CREATE));
      assertErrno(Errno.ENOENT, () -> vfs.mknod("/g/", 0644, 0));
      assertErrno(Errno.ENOENT, () -> vfs.unlink("/g/"));
      vfs.mkdir("/d/", 0755);
      assertErrno(Errno.EISDIR, () -> vfs.unlink("/d/"));
      vfs.rmdir("/d/");
    });
  }

  @Test
  void links_areFollowedAsLinuxDoes() throws Exception {
    run(() -> {
      vfs.mkdir("/dir", 0755);
      put("/dir/f", "x");
      vfs.symlink("dir", "/to-dir");
      vfs.symlink("/dir/f", "/dir/absolute");
      vfs.symlink("../dir/./f", "/dir/relative");
      vfs.symlink("dir/", "/with-slash");
      vfs.symlink("missing", "/dangling");
      vfs.symlink("dir/f/", "/bad-slash");
      assertThat(text("/to-dir/f")).isEqualTo("x");
      assertThat(text("/to-dir/absolute")).isEqualTo("x");
      assertThat(text("/to-dir/relative")).isEqualTo("x");
      assertThat(text("/with-slash/f")).isEqualTo("x");
      assertThat(vfs.lstat("/to-dir").type()).isEqualTo(FileType.SYMBOLIC_LINK);
      assertThat(vfs.lstat("/to-dir/").type()).isEqualTo(FileType.DIRECTORY);
      assertErrno(Errno.ENOENT, () -> vfs.stat("/dangling"));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/bad-slash"));
      assertErrno(Errno.ENOTDIR, () -> vfs.rmdir("/to-dir"));
      assertErrno(Errno.ENOTDIR, () -> vfs.stat("/dir/absolute/"));
      assertThat(vfs.stat("/to-dir/..").inode()).isEqualTo(vfs.stat("/").inode());
      assertErrno(Errno.ELOOP, () -> vfs.open("/to-dir", OpenFlag.NO_FOLLOW));
      assertThat(vfs.statAt(null, "/to-dir", LinkMode.NO_FOLLOW).type())
          .isEqualTo(FileType.SYMBOLIC_LINK);
    });
  }

  @Test
  void links_upTo40_thenEloop() throws Exception {
    run(() -> {
      put("/l0", "end");
      for (int i = 1; i <= 41; i++) {
        vfs.symlink("l" + (i - 1), "/l" + i);
      }
      assertThat(text("/l40")).isEqualTo("end");
      assertErrno(Errno.ELOOP, () -> vfs.stat("/l41"));
      assertErrno(Errno.ELOOP, () -> vfs.open("/l41", 0644, OpenFlag.CREATE));
      vfs.symlink("self", "/self");
      assertErrno(Errno.ELOOP, () -> vfs.stat("/self"));
      assertErrno(Errno.ELOOP, () -> vfs.stat("/self/x"));
      assertErrno(Errno.ELOOP, () -> vfs.mkdir("/self/x", 0755));
    });
  }

  @Test
  void create_throughDanglingLink_makesTheTarget() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      vfs.symlink("d/target", "/link");
      assertErrno(Errno.EEXIST, () -> create("/link"));
      put("/link", "made");
      assertThat(text("/d/target")).isEqualTo("made");
      assertErrno(Errno.EEXIST, () -> vfs.mkdir("/link", 0755));
      assertThat(vfs.lstat("/link").type()).isEqualTo(FileType.SYMBOLIC_LINK);
    });
  }

  @Test
  void search_needsPermissionOnEachDirectory() throws Exception {
    run(() -> {
      vfs.mkdir("/a", 0755);
      vfs.mkdir("/a/b", 0711);
      put("/a/b/f", "x");
      as(
          5,
          5,
          () -> {
            assertThat(text("/a/b/f")).isEqualTo("x");
            assertErrno(Errno.EACCES, () -> vfs.open("/a/b"));
          });
      vfs.chmod("/a", 0644);
      as(
          5,
          5,
          () -> {
            assertErrno(Errno.EACCES, () -> vfs.stat("/a/b/f"));
            assertErrno(Errno.EACCES, () -> vfs.stat("/a/."));
            assertErrno(Errno.EACCES, () -> vfs.stat("/a/.."));
            assertThat(vfs.stat("/a").type()).isEqualTo(FileType.DIRECTORY);
          });
    });
  }

  @Test
  void at_startsFromTheOpenDirectory() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      put("/d/f", "inner");
      put("/f", "outer");
      OpenFile directory = vfs.open("/d", OpenFlag.DIRECTORY);
      OpenFile place = vfs.open("/d", OpenFlag.PATH);
      OpenFile file = vfs.open("/f");
      assertThat(vfs.statAt(directory, "f", LinkMode.FOLLOW).size()).isEqualTo(5);
      assertThat(vfs.statAt(place, "../d/f", LinkMode.FOLLOW).size()).isEqualTo(5);
      assertThat(vfs.statAt(directory, "/f", LinkMode.FOLLOW).inode())
          .isEqualTo(vfs.stat("/f").inode());
      assertErrno(Errno.ENOTDIR, () -> vfs.statAt(file, "x", LinkMode.FOLLOW));
      vfs.mkdirAt(directory, "sub", 0755);
      vfs.symlinkAt("f", directory, "link");
      vfs.linkAt(directory, "link", directory, "hard", LinkMode.FOLLOW);
      vfs.renameAt(directory, "hard", null, "/moved", Set.of());
      assertThat(text("/moved")).isEqualTo("inner");
      assertThat(vfs.readlinkAt(directory, "link")).isEqualTo("f");
      vfs.unlinkAt(directory, "link");
      vfs.rmdirAt(directory, "sub");
      vfs.rename("/d", "/e");
      assertThat(vfs.path(directory)).isEqualTo("/e");
      assertThat(vfs.statAt(directory, "f", LinkMode.FOLLOW).size()).isEqualTo(5);
      vfs.close(directory);
      assertErrno(Errno.EBADF, () -> vfs.statAt(directory, "f", LinkMode.FOLLOW));
      assertErrno(Errno.EBADF, () -> vfs.read(place, new byte[1]));
      vfs.close(place);
      vfs.close(file);
    });
  }

  @Test
  void corruptDirectories_areRefused() throws Exception {
    run(() -> {
      vfs.mkdir("/a", 0755);
      vfs.mkdir("/a/b", 0755);
      MemoryStore.Node root = store().node(MemoryStore.ROOT);
      MemoryStore.Node a = store().node(vfs.stat("/a").inode());
      MemoryStore.Node b = store().node(vfs.stat("/a/b").inode());
      store().enter(b, FileName.of("loop"), a.number);
      store().enter(b, FileName.of("root"), MemoryStore.ROOT);
      store().enter(root, FileName.of("twice"), b.number);
      assertErrno(Errno.EUCLEAN, () -> vfs.stat("/a/b/loop"));
      assertErrno(Errno.EUCLEAN, () -> vfs.stat("/a/b/root"));
      assertErrno(Errno.EUCLEAN, () -> vfs.rename("/a/b", "/twice"));
      assertErrno(Errno.EUCLEAN, () -> vfs.rmdir("/a/b/loop"));
      store().remove(b, FileName.of("loop"));
      store().remove(b, FileName.of("root"));
      store().remove(root, FileName.of("twice"));
      put("/f", "x");
      store().node(vfs.stat("/f").inode()).mode = 0;
      long number = vfs.stat("/f").inode();
      vfs.unlink("/f");
      MemoryStore.Node nothing = store().allocate();
      assertThat(nothing.number).isEqualTo(number);
      nothing.links = 1;
      store().enter(root, FileName.of("nothing"), number);
      assertErrno(Errno.EUCLEAN, () -> vfs.open("/nothing"));
      store().remove(root, FileName.of("nothing"));
    });
  }

  @Test
  void endings_thatAreNoNames_fail() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      assertErrno(Errno.EEXIST, () -> vfs.mkdir("/", 0755));
      assertErrno(Errno.EEXIST, () -> vfs.mkdir("/d/.", 0755));
      assertErrno(Errno.EEXIST, () -> vfs.mkdir("/d/..", 0755));
      assertErrno(Errno.EISDIR, () -> vfs.unlink("/"));
      assertErrno(Errno.EISDIR, () -> vfs.unlink("/d/.."));
      assertErrno(Errno.EINVAL, () -> vfs.rmdir("/d/."));
      assertErrno(Errno.ENOTEMPTY, () -> vfs.rmdir("/d/.."));
      assertErrno(Errno.EBUSY, () -> vfs.rmdir("/"));
      assertErrno(Errno.EBUSY, () -> vfs.rename("/d/.", "/e"));
      assertErrno(Errno.EBUSY, () -> vfs.rename("/d", "/d/.."));
      assertErrno(
          Errno.EEXIST, () -> vfs.renameAt(null, "/d", null, "/..", Set.of(RenameFlag.NO_REPLACE)));
      assertErrno(Errno.EISDIR, () -> vfs.open("/d/..", 0644, OpenFlag.CREATE));
      assertErrno(Errno.EEXIST, () -> vfs.open("/d/.", 0644, OpenFlag.CREATE, OpenFlag.EXCLUSIVE));
      assertErrno(Errno.EEXIST, () -> vfs.open("/", 0644, OpenFlag.CREATE, OpenFlag.EXCLUSIVE));
      assertErrno(Errno.EISDIR, () -> vfs.open("/d/", 0644, OpenFlag.CREATE, OpenFlag.EXCLUSIVE));
    });
  }

  @Test
  void rename_trailingSlashes_onlyForDirectories() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.mkdir("/d", 0755);
      assertErrno(Errno.ENOTDIR, () -> vfs.rename("/f/", "/g"));
      assertErrno(Errno.ENOTDIR, () -> vfs.rename("/f", "/g/"));
      vfs.rename("/d/", "/e/");
      assertThat(names("/")).contains("e", "f").doesNotContain("d");
    });
  }
}
