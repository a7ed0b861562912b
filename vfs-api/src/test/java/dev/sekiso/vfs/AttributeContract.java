package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EACCES;
import static dev.sekiso.machine.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every file system keeps about a file: owner, mode, times; and whom that binds. */
abstract class AttributeContract extends FileSystemHarness {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void create_setsModeOwnerAndTimes() throws Exception {
    run(() -> {
      vfs.chmod("/", 0777);
      machine.sleep(5 * SECOND);
      long before = machine.realTimeNanos() / SECOND - 1;
      as(
          1000,
          100,
          () -> {
            vfs.close(vfs.open("/f", 0666, OpenFlag.CREATE, OpenFlag.WRITE_ONLY));
            vfs.mkdir("/d", 0777);
            vfs.symlink("x", "/l");
          });
      Attributes file = vfs.stat("/f");
      assertThat(file.mode()).isEqualTo(0100644);
      assertThat(file.uid()).isEqualTo(1000);
      assertThat(file.gid()).isEqualTo(100);
      assertThat(file.modificationTime().seconds()).isGreaterThanOrEqualTo(before);
      assertThat(file.accessTime()).isEqualTo(file.modificationTime());
      assertThat(vfs.stat("/d").mode()).isEqualTo(0040755);
      assertThat(vfs.lstat("/l").mode()).isEqualTo(0120777);
      assertThat(vfs.lstat("/l").uid()).isEqualTo(1000);
      assertThat(vfs.stat("/").modificationTime().seconds()).isGreaterThanOrEqualTo(before);
    });
  }

  @Test
  void setGroupIdDirectory_passesItsGroupOn() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0777);
      vfs.chown("/d", -1, 500);
      vfs.chmod("/d", 02777);
      as(
          1000,
          100,
          () -> {
            put("/d/f", "");
            vfs.mkdir("/d/sub", 0755);
          });
      assertThat(vfs.stat("/d/f").gid()).isEqualTo(500);
      assertThat(vfs.stat("/d/sub").gid()).isEqualTo(500);
      assertThat(vfs.stat("/d/sub").permissions()).isEqualTo(02755);
    });
  }

  @Test
  void attributes_afterChange_areThere() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.chmod("/f", 04711);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(04711);
      vfs.chown("/f", 70_000, 80_000);
      assertThat(vfs.stat("/f").uid()).isEqualTo(70_000);
      assertThat(vfs.stat("/f").gid()).isEqualTo(80_000);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(0711);
      Timestamp access = new Timestamp(1_000_000_000, 123_456_789);
      Timestamp modification = new Timestamp(1_500_000_000, 987_654_321);
      vfs.utimens("/f", TimeChange.to(access), TimeChange.to(modification));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(stored(access));
      assertThat(vfs.stat("/f").modificationTime()).isEqualTo(stored(modification));
      vfs.utimens("/f", TimeChange.OMIT, TimeChange.NOW);
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(stored(access));
      assertThat(vfs.stat("/f").modificationTime()).isGreaterThan(modification);
    });
  }

  private Timestamp stored(Timestamp time) {
    long granularity = fileSystem.timeGranularityNanos();
    return new Timestamp(
        time.seconds(), (int) (time.nanos() - time.nanos() % Math.min(granularity, SECOND)));
  }

  @Test
  void times_moveWithTheOperationsThatChangeThem() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      put("/d/f", "x");
      assertMoves("/d/f", "modified changed", () -> put("/d/f", "xy"));
      assertMoves("/d/f", "changed", () -> vfs.chmod("/d/f", 0600));
      assertMoves("/d/f", "changed", () -> vfs.chown("/d/f", 1, 1));
      assertMoves("/d/f", "changed", () -> vfs.link("/d/f", "/g"));
      assertMoves("/d/f", "changed", () -> vfs.unlink("/g"));
      assertMoves("/d/f", "modified changed", () -> vfs.truncate("/d/f", 7));
      assertMoves("/d/f", "", () -> vfs.truncate("/d/f", 7));
      assertMoves("/d/f", "", () -> vfs.stat("/d/f"));
      assertMoves("/d", "modified changed", () -> put("/d/new", ""));
      assertMoves("/d", "", () -> put("/d/new", "content"));
      assertMoves("/d", "modified changed", () -> vfs.unlink("/d/new"));
      assertMoves("/d", "modified changed", () -> vfs.mkdir("/d/sub", 0755));
      assertMoves("/d", "modified changed", () -> vfs.rename("/d/f", "/d/e"));
      assertMoves("/d", "modified changed", () -> vfs.rmdir("/d/sub"));
    });
  }

  private void assertMoves(String path, String expected, Call call) throws ErrnoException {
    machine.sleep(2 * SECOND);
    Attributes before = vfs.lstat(path);
    call.run();
    Attributes after = vfs.lstat(path);
    List<String> moved = new ArrayList<>();
    if (after.modificationTime().compareTo(before.modificationTime()) > 0) {
      moved.add("modified");
    }
    if (after.changeTime().compareTo(before.changeTime()) > 0) {
      moved.add("changed");
    }
    assertThat(String.join(" ", moved)).as(path).isEqualTo(expected);
  }

  @Test
  void permissions_bindOrdinaryUsers() throws Exception {
    run(() -> {
      vfs.mkdir("/closed", 0700);
      put("/closed/f", "secret");
      put("/read-only", "r");
      vfs.chmod("/read-only", 0444);
      as(
          1000,
          100,
          () -> {
            assertErrno(EACCES, () -> vfs.open("/closed/f"));
            assertErrno(EACCES, () -> vfs.open("/read-only", OpenFlag.WRITE_ONLY));
            assertErrno(EACCES, () -> create("/f"));
            assertErrno(EPERM, () -> vfs.chmod("/read-only", 0777));
            assertErrno(EPERM, () -> vfs.chown("/read-only", 1000, -1));
            assertThat(text("/read-only")).isEqualTo("r");
          });
    });
  }
}
