package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EEXIST;
import static dev.sekiso.machine.Errno.EINVAL;
import static dev.sekiso.machine.Errno.EISDIR;
import static dev.sekiso.machine.Errno.ENOENT;
import static dev.sekiso.machine.Errno.ENOTDIR;
import static dev.sekiso.machine.Errno.ENOTEMPTY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every file system does when names move. */
abstract class RenameContract extends FileSystemHarness {

  /** What a name can lead to. */
  private enum Kind {
    NOTHING,
    FILE,
    EMPTY_DIRECTORY,
    FULL_DIRECTORY,
    LINK
  }

  private void make(Kind kind, String path) throws ErrnoException {
    switch (kind) {
      case NOTHING -> {}
      case FILE -> put(path, "content of " + path);
      case EMPTY_DIRECTORY -> vfs.mkdir(path, 0755);
      case FULL_DIRECTORY -> {
        vfs.mkdir(path, 0755);
        put(path + "/inside", "in " + path);
      }
      case LINK -> vfs.symlink("to " + path, path);
    }
  }

  @Test
  void rename_everyKindOntoEveryKind_followsTheRules() throws Exception {
    run(() -> {
      int round = 0;
      for (Kind source : Kind.values()) {
        for (Kind target : Kind.values()) {
          for (String other : List.of("same", "other")) {
            renameKinds(source, target, "/r" + round++, other);
          }
        }
      }
    });
  }

  private void renameKinds(Kind source, Kind target, String base, String where)
      throws ErrnoException {
    vfs.mkdir(base, 0755);
    vfs.mkdir(base + "/other", 0755);
    String from = base + "/from";
    String to = where.equals("same") ? base + "/to" : base + "/other/to";
    make(source, from);
    make(target, to);
    boolean sourceIsDirectory = source == Kind.EMPTY_DIRECTORY || source == Kind.FULL_DIRECTORY;
    boolean targetIsDirectory = target == Kind.EMPTY_DIRECTORY || target == Kind.FULL_DIRECTORY;
    String what = source + " onto " + target + " " + where;
    if (source == Kind.NOTHING) {
      assertErrno(ENOENT, () -> vfs.rename(from, to));
    } else if (target == Kind.NOTHING || sourceIsDirectory == targetIsDirectory) {
      if (target == Kind.FULL_DIRECTORY) {
        assertErrno(ENOTEMPTY, () -> vfs.rename(from, to));
        assertThat(text(to + "/inside")).as(what).isEqualTo("in " + to);
        assertThat(vfs.lstat(from)).as(what).isNotNull();
        return;
      }
      long inode = vfs.lstat(from).inode();
      vfs.rename(from, to);
      assertErrno(ENOENT, () -> vfs.lstat(from));
      assertThat(vfs.lstat(to).inode()).as(what).isEqualTo(inode);
      switch (source) {
        case FILE -> assertThat(text(to)).as(what).isEqualTo("content of " + from);
        case FULL_DIRECTORY -> assertThat(text(to + "/inside")).as(what).isEqualTo("in " + from);
        case LINK -> assertThat(vfs.readlink(to)).as(what).isEqualTo("to " + from);
        default -> assertThat(names(to)).as(what).isEmpty();
      }
      if (sourceIsDirectory) {
        assertThat(vfs.stat(to + "/..").inode())
            .as(what)
            .isEqualTo(vfs.stat(to.substring(0, to.lastIndexOf('/'))).inode());
      }
    } else {
      assertErrno(sourceIsDirectory ? ENOTDIR : EISDIR, () -> vfs.rename(from, to));
      assertThat(vfs.lstat(from)).as(what).isNotNull();
    }
  }

  @Test
  void rename_intoItself_failsWithEinval() throws Exception {
    run(() -> {
      vfs.mkdir("/a", 0755);
      vfs.mkdir("/a/b", 0755);
      vfs.mkdir("/a/b/c", 0755);
      assertErrno(EINVAL, () -> vfs.rename("/a", "/a/x"));
      assertErrno(EINVAL, () -> vfs.rename("/a", "/a/b/c/x"));
      assertErrno(ENOTEMPTY, () -> vfs.rename("/a/b/c", "/a"));
      vfs.rename("/a/b", "/a/b");
      assertThat(names("/a")).containsExactly("b");
    });
  }

  @Test
  void rename_ontoOwnHardLink_doesNothing() throws Exception {
    run(() -> {
      put("/a", "x");
      vfs.link("/a", "/b");
      vfs.rename("/a", "/b");
      assertThat(names("/")).contains("a", "b");
      assertThat(vfs.stat("/a").links()).isEqualTo(2);
    });
  }

  @Test
  void rename_ontoOpenFile_keepsTheOldContentForItsReaders() throws Exception {
    run(() -> {
      put("/old", "old");
      put("/new", "new");
      OpenFile old = vfs.open("/old");
      vfs.rename("/new", "/old");
      assertThat(new String(bytes(old), StandardCharsets.UTF_8)).isEqualTo("old");
      assertThat(text("/old")).isEqualTo("new");
      assertThat(vfs.fstat(old).links()).isZero();
      vfs.close(old);
    });
  }

  @Test
  void rename_flags_areHonoured() throws Exception {
    run(() -> {
      put("/a", "a");
      put("/b", "b");
      vfs.mkdir("/d", 0755);
      vfs.mkdir("/d/sub", 0755);
      assertErrno(
          EEXIST, () -> vfs.renameAt(null, "/a", null, "/b", Set.of(RenameFlag.NO_REPLACE)));
      vfs.renameAt(null, "/a", null, "/c", Set.of(RenameFlag.NO_REPLACE));
      assertThat(names("/")).contains("b", "c", "d").doesNotContain("a");
      if (!fileSystem.supportsExchange()) {
        assertErrno(
            EINVAL, () -> vfs.renameAt(null, "/b", null, "/c", Set.of(RenameFlag.EXCHANGE)));
        return;
      }
      vfs.renameAt(null, "/b", null, "/c", Set.of(RenameFlag.EXCHANGE));
      assertThat(text("/b")).isEqualTo("a");
      assertThat(text("/c")).isEqualTo("b");
      vfs.renameAt(null, "/b", null, "/d/sub", Set.of(RenameFlag.EXCHANGE));
      assertThat(text("/d/sub")).isEqualTo("a");
      assertThat(vfs.stat("/b/..").inode()).isEqualTo(vfs.stat("/").inode());
      assertThat(vfs.stat("/d").links()).isEqualTo(2);
    });
  }
}
