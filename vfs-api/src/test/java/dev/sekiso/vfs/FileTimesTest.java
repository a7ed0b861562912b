package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Access, modification and change times. */
class FileTimesTest extends VfsTestBase {

  private static final long SECOND = 1_000_000_000L;

  private static final long DAY = 24 * 3600 * SECOND;

  @Test
  void futimens_ofNothing_looksAtNothing() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.close(file);
      vfs.futimens(file, TimeChange.OMIT, TimeChange.OMIT);
      assertErrno(Errno.EBADF, () -> vfs.futimens(file, TimeChange.NOW, TimeChange.OMIT));
    });
  }

  @Test
  void utimens_rules() throws Exception {
    run(() -> {
      put("/f", "");
      vfs.chown("/f", 1, 10);
      vfs.chmod("/f", 0646);
      Timestamp time = new Timestamp(1000, 5);
      as(
          2,
          20,
          () -> {
            vfs.utimens("/f", TimeChange.NOW, TimeChange.NOW);
            assertErrno(
                Errno.EPERM, () -> vfs.utimens("/f", TimeChange.to(time), TimeChange.to(time)));
            assertErrno(Errno.EPERM, () -> vfs.utimens("/f", TimeChange.NOW, TimeChange.OMIT));
            vfs.utimens("/f", TimeChange.OMIT, TimeChange.OMIT);
          });
      vfs.chmod("/f", 0644);
      as(
          2,
          20,
          () -> assertErrno(Errno.EACCES, () -> vfs.utimens("/f", TimeChange.NOW, TimeChange.NOW)));
      as(1, 20, () -> vfs.utimens("/f", TimeChange.to(time), TimeChange.OMIT));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(time);
      vfs.symlink("f", "/l");
      vfs.utimensAt(
          null, "/l", TimeChange.to(new Timestamp(7, 7)), TimeChange.OMIT, LinkMode.NO_FOLLOW);
      assertThat(vfs.lstat("/l").accessTime()).isEqualTo(new Timestamp(7, 7));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(time);
    });
  }

  // Access times

  private Timestamp access(String path) throws ErrnoException {
    return vfs.lstat(path).accessTime();
  }

  @Test
  void relativeAccessTime_isWrittenAfterAChangeAndOnceADay() throws Exception {
    run(() -> {
      put("/f", "x");
      Timestamp made = access("/f");
      machine.sleep(SECOND);
      bytes("/f");
      Timestamp first = access("/f");
      assertThat(first).isGreaterThan(made);
      machine.sleep(SECOND);
      bytes("/f");
      assertThat(access("/f")).as("fresh").isEqualTo(first);
      machine.sleep(DAY - 3 * SECOND);
      bytes("/f");
      assertThat(access("/f")).as("not a day old").isEqualTo(first);
      machine.sleep(3 * SECOND);
      bytes("/f");
      Timestamp second = access("/f");
      assertThat(second).as("a day old").isGreaterThan(first);
      machine.sleep(SECOND);
      vfs.chmod("/f", 0600);
      machine.sleep(SECOND);
      bytes("/f");
      assertThat(access("/f")).as("changed since").isGreaterThan(second);
    });
  }

  @Test
  void accessTime_options_areHonoured() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.mkdir("/d", 0755);
      vfs.symlink("f", "/l");
      checkAccessTimes(Set.of(MountFlag.STRICT_ACCESS_TIME), true, true, true);
      checkAccessTimes(Set.of(MountFlag.NO_ACCESS_TIME), false, false, false);
      checkAccessTimes(
          Set.of(MountFlag.STRICT_ACCESS_TIME, MountFlag.NO_DIRECTORY_ACCESS_TIME),
          true,
          false,
          true);
      vfs.remount("/", Set.of(MountFlag.READ_ONLY, MountFlag.STRICT_ACCESS_TIME), "");
      machine.sleep(SECOND);
      Timestamp before = access("/f");
      bytes("/f");
      assertThat(access("/f")).isEqualTo(before);
    });
  }

  private void checkAccessTimes(Set<MountFlag> flags, boolean file, boolean directory, boolean link)
      throws ErrnoException {
    vfs.remount("/", flags, "");
    machine.sleep(SECOND);
    Timestamp[] before = {access("/f"), access("/d"), access("/l")};
    bytes("/f");
    entries("/d");
    vfs.readlink("/l");
    assertThat(access("/f").compareTo(before[0]) > 0).isEqualTo(file);
    assertThat(access("/d").compareTo(before[1]) > 0).isEqualTo(directory);
    assertThat(access("/l").compareTo(before[2]) > 0).isEqualTo(link);
  }

  @Test
  void accessTime_ofFileThatKeepsIt_stays() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.utimens("/f", TimeChange.to(new Timestamp(1, 0)), TimeChange.OMIT);
      store().node(vfs.stat("/f").inode()).keepsAccessTime = true;
      text("/f");
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(new Timestamp(1, 0));
      store().node(vfs.stat("/f").inode()).keepsAccessTime = false;
      text("/f");
      assertThat(vfs.stat("/f").accessTime()).isNotEqualTo(new Timestamp(1, 0));
    });
  }

  @Test
  void noAccessTimeFlag_isTheOwners() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.remount("/", Set.of(MountFlag.STRICT_ACCESS_TIME), "");
      machine.sleep(SECOND);
      Timestamp before = access("/f");
      OpenFile file = vfs.open("/f", OpenFlag.NO_ACCESS_TIME);
      vfs.read(file, new byte[1]);
      vfs.close(file);
      assertThat(access("/f")).isEqualTo(before);
      as(9, 9, () -> assertErrno(Errno.EPERM, () -> vfs.open("/f", OpenFlag.NO_ACCESS_TIME)));
    });
  }

  @Test
  void times_comeFromTheTick() throws Exception {
    run(() -> {
      machine.sleep(SECOND + 6_500_000);
      put("/f", "x");
      assertThat(vfs.stat("/f").modificationTime().nanos() % 4_000_000).isZero();
      Timestamp before = vfs.stat("/f").modificationTime();
      OpenFile file = vfs.open("/f", OpenFlag.WRITE_ONLY);
      vfs.write(file, new byte[1]);
      assertThat(vfs.fstat(file).modificationTime()).isEqualTo(before);
      machine.sleep(4_000_000);
      vfs.write(file, new byte[1]);
      assertThat(vfs.fstat(file).modificationTime()).isGreaterThan(before);
      vfs.close(file);
    });
  }

  @Test
  void timeRange_clampsAndRounds() throws Exception {
    run(() -> {
      superBlock().setTimeRange(SECOND, 0, Integer.MAX_VALUE);
      put("/f", "x");
      assertThat(vfs.stat("/f").modificationTime().nanos()).isZero();
      vfs.utimens(
          "/f",
          TimeChange.to(new Timestamp(-5, 3)),
          TimeChange.to(new Timestamp(1L << 40, 999_999_999)));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(new Timestamp(0, 0));
      assertThat(vfs.stat("/f").modificationTime()).isEqualTo(new Timestamp(Integer.MAX_VALUE, 0));
      vfs.utimens("/f", TimeChange.to(new Timestamp(5, 3)), TimeChange.OMIT);
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(new Timestamp(5, 0));
    });
  }

  @Test
  void timeRange_itsEnds_haveNoFractions() throws Exception {
    run(() -> {
      superBlock().setTimeRange(1, -10, 10);
      put("/f", "x");
      vfs.utimens("/f", TimeChange.to(new Timestamp(-10, 7)), TimeChange.to(new Timestamp(10, 7)));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(new Timestamp(-10, 0));
      assertThat(vfs.stat("/f").modificationTime()).isEqualTo(new Timestamp(10, 0));
    });
  }
}
