package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

/** When dirty things are written, in virtual time. */
final class PeriodicWritebackTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long MILLISECOND = 1_000_000L;
  private static final long PAGE_NANOS = 20_000;

  private static void onVolume(
      WritebackSettings settings, Flusher flusher, WritebackContract.VolumeProgram program)
      throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(4096));
          try (Writeback writeback =
              new CgroupWriteback(machine, pages::memory, settings, flusher, DirtyThrottle.NONE)) {
            TestDisk disk = new TestDisk(machine, PAGE_NANOS);
            program.run(new TestVolume(machine, writeback, pages, disk, "disk"));
          }
        });
  }

  private static WritebackSettings settings(int expireCentisecs, int intervalCentisecs) {
    return WritebackSettings.DEFAULT
        .with("dirty_expire_centisecs", expireCentisecs)
        .with("dirty_writeback_centisecs", intervalCentisecs);
  }

  private static void assertWrittenAt(TestInode file, long from, long to) {
    assertThat(file.firstDataWriteAt).isBetween(from, to);
  }

  @Test
  void file_dirtiedOnce_isWrittenAtTheFirstTickAfterExpiry() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(6 * SECOND);
          assertWrittenAt(file, start + 3 * SECOND, start + 3 * SECOND + 100 * MILLISECOND);
          assertThat(file.durable).containsEntry(0L, 1L);
          assertThat(volume.writeback.isDirty(file)).isFalse();
        });
  }

  @Test
  void file_expiryShorterThanInterval_isWrittenAtTheFirstTick() throws Exception {
    onVolume(
        settings(100, 300),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode file = volume.newFile();
          volume.machine.sleep(500 * MILLISECOND);
          file.store(0, 1);
          volume.machine.sleep(6 * SECOND);
          assertWrittenAt(file, start + 3500 * MILLISECOND, start + 3600 * MILLISECOND);
        });
  }

  @Test
  void files_dirtiedAtDifferentTimes_areWrittenByTheirOwnAge() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode first = volume.newFile();
          first.store(0, 1);
          volume.machine.sleep(700 * MILLISECOND);
          TestInode second = volume.newFile();
          second.store(0, 1);
          volume.machine.sleep(1700 * MILLISECOND);
          TestInode third = volume.newFile();
          third.store(0, 1);
          volume.machine.sleep(7 * SECOND);
          assertWrittenAt(first, start + 3 * SECOND, start + 4 * SECOND);
          assertWrittenAt(second, start + 3700 * MILLISECOND, start + 4700 * MILLISECOND);
          assertWrittenAt(third, start + 5400 * MILLISECOND, start + 6400 * MILLISECOND);
        });
  }

  @Test
  void file_dirtiedAgainBeforeExpiry_keepsItsAge() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode file = volume.newFile();
          for (int i = 0; i < 10; i++) {
            file.store(i, i);
            volume.machine.sleep(250 * MILLISECOND);
          }
          volume.machine.sleep(3 * SECOND);
          assertWrittenAt(file, start + 3 * SECOND, start + 4 * SECOND);
          assertThat(file.durable).as("younger pages go along").hasSize(10);
        });
  }

  @Test
  void file_dataSyncedMeanwhile_keepsItsAge() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(1500 * MILLISECOND);
          file.mapping.writeAndWait(0, Long.MAX_VALUE);
          file.firstDataWriteAt = -1;
          file.store(8, 1);
          volume.machine.sleep(6 * SECOND);
          assertWrittenAt(file, start + 3 * SECOND, start + 4 * SECOND);
        });
  }

  @Test
  void file_dirtiedAfterItWasWritten_agesAnew() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(5500 * MILLISECOND);
          assertThat(file.durable).hasSize(1);
          file.firstDataWriteAt = -1;
          file.store(1, 1);
          volume.machine.sleep(6 * SECOND);
          assertWrittenAt(file, start + 8500 * MILLISECOND, start + 9500 * MILLISECOND);
        });
  }

  @Test
  void interval_zero_neverWritesPeriodically() throws Exception {
    onVolume(
        settings(300, 0),
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(3600 * SECOND);
          assertThat(file.durable).isEmpty();
          volume.writeback.configure("dirty_writeback_centisecs", 100);
          volume.machine.sleep(SECOND);
          assertThat(file.durable).hasSize(1);
        });
  }

  @Test
  void interval_changedLive_isInForceAtOnce() throws Exception {
    onVolume(
        settings(100, 360_000),
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(10 * SECOND);
          assertThat(file.durable).isEmpty();
          volume.writeback.configure("dirty_writeback_centisecs", 50);
          volume.machine.sleep(SECOND);
          assertThat(file.durable).hasSize(1);
          file.store(1, 1);
          volume.machine.sleep(2 * SECOND);
          assertThat(file.durable).hasSize(2);
        });
  }

  @Test
  void times_underLazytime_waitForTheirOwnExpiry() throws Exception {
    WritebackSettings settings = settings(300, 100).with("dirtytime_expire_seconds", 60);
    onVolume(
        settings,
        new PerBdiFlusher(),
        volume -> {
          long start = volume.machine.nanoTime();
          TestInode inode = volume.newBareInode();
          inode.touch(Inode.DIRTY_TIME);
          volume.machine.sleep(59 * SECOND);
          assertThat(inode.timesWritten).hasValue(0);
          assertThat(volume.writeback.isDirty(inode)).isTrue();
          volume.machine.sleep(10 * SECOND);
          assertThat(inode.timesWritten).hasValue(1);
          assertThat(inode.metadataWrittenAt - start).isBetween(60 * SECOND, 66 * SECOND);
          assertThat(volume.writeback.isDirty(inode)).isFalse();
        });
  }

  @Test
  void times_thenMetadata_goTogether() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          TestInode inode = volume.newBareInode();
          inode.touch(Inode.DIRTY_TIME);
          volume.machine.sleep(SECOND);
          inode.touch(Inode.DIRTY_SYNC);
          volume.machine.sleep(6 * SECOND);
          assertThat(inode.timesWritten).hasValue(1);
          assertThat(inode.durableVersion).isEqualTo(2);
          assertThat(volume.writeback.isDirty(inode)).isFalse();
        });
  }

  @Test
  void background_overItsThreshold_writesBeforeExpiry() throws Exception {
    onVolume(
        WritebackSettings.DEFAULT.with("dirty_background_bytes", 100 * 4096),
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          for (int i = 0; i < 90; i++) {
            file.store(i, i);
          }
          volume.machine.sleep(SECOND);
          assertThat(file.durable).isEmpty();
          for (int i = 90; i < 200; i++) {
            file.store(i, i);
          }
          volume.machine.sleep(SECOND);
          assertThat(volume.writeback.counters().nrDirty()).isLessThanOrEqualTo(100);
          assertThat(file.durable).isNotEmpty();
        });
  }

  @Test
  void laptopMode_readEnds_writesEverythingSoonAfter() throws Exception {
    WritebackSettings settings = settings(60_000, 60_000).with("laptop_mode", 5);
    onVolume(
        settings,
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(3 * SECOND);
          volume.writeback.readCompleted(volume.device);
          volume.machine.sleep(4 * SECOND);
          assertThat(file.durable).isEmpty();
          volume.writeback.readCompleted(volume.device);
          volume.machine.sleep(4 * SECOND);
          assertThat(file.durable).as("each read starts the time anew").isEmpty();
          volume.machine.sleep(2 * SECOND);
          assertThat(file.durable).hasSize(1);
          file.store(1, 1);
          volume.writeback.readCompleted(volume.device);
          volume.writeback.syncCompleted();
          volume.machine.sleep(20 * SECOND);
          assertThat(file.durable).as("a completed sync cancels it").hasSize(1);
        });
  }

  @Test
  void reclaim_wantsCleanPages_getsThem() throws Exception {
    onVolume(
        settings(60_000, 60_000),
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          ((BackingDevInfo) volume.device).reclaimNeedsClean(1);
          volume.machine.sleep(SECOND);
          assertThat(file.durable).hasSize(1);
        });
  }

  @Test
  void wakeFlushers_everyDevice_isWritten() throws Exception {
    onVolume(
        settings(60_000, 60_000),
        new PerBdiFlusher(),
        volume -> {
          TestVolume other =
              new TestVolume(
                  volume.machine,
                  volume.writeback,
                  volume.pages,
                  new TestDisk(volume.machine, PAGE_NANOS),
                  "other");
          TestInode here = volume.newFile();
          TestInode there = other.newFile();
          here.store(0, 1);
          there.store(0, 1);
          volume.writeback.wakeFlushers();
          volume.machine.sleep(SECOND);
          assertThat(here.durable).hasSize(1);
          assertThat(there.durable).hasSize(1);
        });
  }

  @Test
  void sync_ofOneSuperBlock_leavesTheOtherOnTheSameDevice() throws Exception {
    onVolume(
        settings(60_000, 60_000),
        new PerBdiFlusher(),
        volume -> {
          TestVolume other =
              new TestVolume(
                  volume.machine, volume.writeback, volume.pages, volume.disk, "disk", "second");
          TestInode here = volume.newFile();
          TestInode there = other.newFile();
          there.store(0, 1);
          here.store(0, 1);
          volume.sync();
          assertThat(here.durable).hasSize(1);
          assertThat(there.durable).isEmpty();
          assertThat(volume.writeback.isDirty(there)).isTrue();
          other.sync();
          assertThat(there.durable).hasSize(1);
        });
  }

  @Test
  void cgroup_withAWritebackOfItsOwn_getsItsTasksInodes() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          BackingDevInfo device = (BackingDevInfo) volume.device;
          var group = Cgroup.ROOT.child("a");
          volume.writeback.addGroup(group, new TestGroupMemory(1000, 1000));
          BdiWriteback own = device.writebacks().get(1);
          TestInode mine = volume.newFile();
          TestInode roots = volume.newFile();
          TaskContext.current()
              .withCgroup(group.child("below"))
              .<Void, Exception>call(() -> {
                mine.store(0, 1);
                return null;
              });
          roots.store(0, 2);
          assertThat(own.reclaimable()).isEqualTo(1);
          assertThat(device.writebacks().getFirst().reclaimable()).isEqualTo(1);
          volume.sync();
          assertThat(mine.durable).hasSize(1);
          assertThat(roots.durable).hasSize(1);
          assertThat(own.written()).isEqualTo(1);
          assertThat(volume.writeback.devices())
              .extracting(BdiStatistics::cgroup)
              .containsExactly("/", "/a");
        });
  }

  @Test
  void fileSystem_throwsSomethingUnexpected_flusherGoesOn() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          TestInode inode = volume.newBareInode();
          inode.touch(Inode.DIRTY_SYNC);
          volume.misbehaviour.set(new IllegalStateException("a bug"));
          assertThat(catchThrowable(volume::sync)).hasRootCauseMessage("a bug");
          volume.misbehaviour.set(null);
          TestInode other = volume.newFile();
          other.store(0, 1);
          volume.machine.sleep(6 * SECOND);
          assertThat(other.durable).hasSize(1);
        });
  }

  @Test
  void manual_nobodyAsks_writesNothing() throws Exception {
    ManualFlusher flusher = new ManualFlusher();
    onVolume(
        settings(300, 100),
        flusher,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(100 * SECOND);
          assertThat(file.durable).isEmpty();
          assertThat(flusher.writeOut()).isPositive();
          volume.disk.drain();
          assertThat(file.durable).hasSize(1);
          assertThat(flusher.writeOut()).isZero();
        });
  }

  @Test
  void detach_workIsQueued_endsAfterIt() throws Exception {
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.disk.hold();
          Machine machine = volume.machine;
          var syncer =
              machine.spawn("syncer", TaskKind.USER, () -> syncOf(volume.superBlock, volume));
          machine.sleep(MILLISECOND);
          long before = machine.nanoTime();
          machine.schedule("release", SECOND, volume.disk::release);
          volume.release();
          assertThat(machine.nanoTime() - before).isGreaterThanOrEqualTo(SECOND);
          syncer.join();
          assertThat(file.durable).hasSize(1);
        });
  }

  private static void syncOf(SuperBlock superBlock, TestVolume volume) {
    volume.writeback.syncInodes(superBlock);
  }

  /** What syncing so many dirty inodes costs, in events of the machine. */
  private static long cost(int inodes, ToIntFunction<TestVolume> howMany) throws Exception {
    List<Long> costs = new ArrayList<>();
    onVolume(
        settings(300, 100),
        new PerBdiFlusher(),
        volume -> {
          for (int i = 0; i < inodes; i++) {
            volume.newBareInode().touch(Inode.DIRTY_SYNC);
          }
          var machine = (SimulatedMachine) volume.machine;
          long before = machine.eventCount();
          volume.sync();
          costs.add(machine.eventCount() - before);
          assertThat(howMany.applyAsInt(volume)).isEqualTo(inodes);
        });
    return costs.getFirst();
  }

  @Test
  void sync_tenTimesTheInodes_costsTenTimesAsMuch() throws Exception {
    ToIntFunction<TestVolume> written = volume -> volume.metadataWrites.get();
    long few = cost(10_000, written);
    long many = cost(100_000, written);
    assertThat(many).isLessThan(few * 11);
  }
}
