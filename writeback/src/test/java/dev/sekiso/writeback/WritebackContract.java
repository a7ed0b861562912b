package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheInvariants;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations.SyncScope;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Writeback} promises about data, whoever writes it and when. A subclass makes
 * the layer and runs programs on a machine.
 */
public abstract class WritebackContract {

  protected static final int CACHE_PAGES = 1024;
  private static final long PAGE_NANOS = 20_000;
  private static final long MILLISECOND = 1_000_000;

  /** A program that runs as a task. */
  @FunctionalInterface
  public interface Program {
    void run(Machine machine) throws Exception;
  }

  /** A program on a volume. */
  @FunctionalInterface
  interface VolumeProgram {
    void run(TestVolume volume) throws Exception;
  }

  /** Runs the program as a task of a new machine. */
  protected abstract void run(Program program) throws Exception;

  protected abstract Writeback newWriteback(Machine machine, PageCache pages);

  private void onVolume(VolumeProgram program) throws Exception {
    run(machine -> {
      PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(CACHE_PAGES));
      Writeback writeback = newWriteback(machine, pages);
      TestDisk disk = new TestDisk(machine, PAGE_NANOS);
      TestVolume volume = new TestVolume(machine, writeback, pages, disk, "disk");
      program.run(volume);
      assertThat(PageCacheInvariants.of(pages).violations()).isEmpty();
      InvariantCheck layer = WritebackInvariants.of(writeback, pages);
      for (int i = 0; i < 200 && !layer.violations().isEmpty(); i++) {
        machine.sleep(MILLISECOND);
      }
      assertThat(layer.violations()).isEmpty();
      volume.release();
      writeback.close();
      disk.drain();
    });
  }

  private static Task spawn(TestVolume volume, String name, ThrowingRunnable body) {
    return volume.machine.spawn(
        name,
        TaskKind.USER,
        () -> {
          try {
            body.run();
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** May fail as system calls do. */
  @FunctionalInterface
  interface ThrowingRunnable {
    void run() throws ErrnoException;
  }

  @Test
  void sync_dirtyPagesAndMetadata_areOnTheDevice() throws Exception {
    onVolume(volume -> {
      List<TestInode> files = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        TestInode file = volume.newFile();
        files.add(file);
        for (long page = 0; page < 10; page++) {
          file.store(page, 100 * i + page);
        }
      }
      volume.sync();
      for (int i = 0; i < 20; i++) {
        TestInode file = files.get(i);
        assertThat(file.durable).hasSize(10).containsEntry(3L, 100L * i + 3);
        assertThat(file.durableVersion).isEqualTo(file.version.get());
        assertThat(volume.writeback.isDirty(file)).isFalse();
      }
      assertThat(volume.writeback.counters().nrDirty()).isZero();
      assertThat(volume.writeback.counters().nrWriteback()).isZero();
      files.forEach(volume::evict);
    });
  }

  @Test
  void sync_metadataOnly_isOnTheDevice() throws Exception {
    onVolume(volume -> {
      TestInode inode = volume.newBareInode();
      int version = inode.touch(Inode.DIRTY_SYNC);
      volume.sync();
      assertThat(inode.durableVersion).isEqualTo(version);
      assertThat(volume.writeback.isDirty(inode)).isFalse();
      version = inode.touch(Inode.DIRTY_TIME);
      volume.sync();
      assertThat(inode.durableVersion).isEqualTo(version);
      volume.evict(inode);
    });
  }

  @Test
  void writeInode_onlyThatInode_isOnTheDevice() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      file.store(0, 7);
      file.store(5, 9);
      volume.writeback.writeInode(file);
      assertThat(file.durable).containsEntry(0L, 7L).containsEntry(5L, 9L);
      assertThat(file.durableVersion).isEqualTo(file.version.get());
      assertThat(volume.writeback.isDirty(file)).isFalse();
      volume.evict(file);
    });
  }

  @Test
  void syncMetadata_afterItsPages_leavesNothingDirty() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      file.store(0, 7);
      file.mapping.writeAndWait(0, Long.MAX_VALUE);
      volume.writeback.syncMetadata(file, SyncScope.ALL);
      assertThat(file.durable).containsEntry(0L, 7L);
      assertThat(file.durableVersion).isEqualTo(file.version.get());
      assertThat(volume.writeback.isDirty(file)).isFalse();
      int written = file.timesWritten.get();
      volume.writeback.syncMetadata(file, SyncScope.ALL);
      volume.writeback.syncMetadata(file, SyncScope.DATA);
      volume.writeback.syncMetadata(volume.newFile(), SyncScope.ALL);
      assertThat(file.timesWritten).hasValue(written);
      volume.evict(file);
    });
  }

  /** Whoever syncs finds on the device what it stored before, whatever others do meanwhile. */
  @Test
  void syncMetadata_whileOthersStore_losesNothing() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SplittableRandom random = new SplittableRandom(i);
        long first = 10L * i;
        tasks.add(
            spawn(
                volume,
                "worker " + i,
                () -> {
                  for (int round = 1; round <= 60; round++) {
                    long page = first + random.nextInt(10);
                    file.store(page, round);
                    int version = file.touch(Inode.DIRTY_DATASYNC);
                    volume.machine.sleep(random.nextInt(200_000));
                    if (random.nextInt(3) == 0) {
                      file.mapping.writeAndWait(page << 12, (page << 12) + 4095);
                      volume.writeback.syncMetadata(
                          file, random.nextBoolean() ? SyncScope.ALL : SyncScope.DATA);
                      assertThat(file.durable).containsEntry(page, (long) round);
                      assertThat(file.durableVersion).isGreaterThanOrEqualTo(version);
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      if (file.mapping.dirtyPages() > 0) {
        assertThat(volume.writeback.isDirty(file)).isTrue();
      }
      volume.sync();
      assertThat(volume.writeback.isDirty(file)).isFalse();
      assertThat(volume.writeback.counters().nrDirty()).isZero();
      assertThat(volume.writeback.counters().nrWriteback()).isZero();
      assertThat(file.durableVersion).isEqualTo(file.version.get());
      volume.evict(file);
    });
  }

  @Test
  void writeInode_cleanOrUnknown_doesNothing() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      volume.writeback.writeInode(file);
      volume.writeback.inodeDirtied(file, Inode.DIRTY_SYNC);
      volume.writeback.writeInode(file);
      int writes = volume.metadataWrites.get();
      volume.writeback.writeInode(file);
      assertThat(volume.metadataWrites).hasValue(writes);
      volume.evict(file);
    });
  }

  @Test
  void inodeDirtied_whileItsMetadataIsWritten_isWrittenAgain() throws Exception {
    onVolume(volume -> {
      TestInode inode = volume.newBareInode();
      AtomicBoolean once = new AtomicBoolean();
      volume.whileWritingMetadata =
          written -> {
            if (!once.getAndSet(true)) {
              written.touch(Inode.DIRTY_SYNC);
            }
          };
      inode.touch(Inode.DIRTY_SYNC);
      volume.sync();
      volume.sync();
      assertThat(inode.durableVersion).isEqualTo(2);
      volume.evict(inode);
    });
  }

  @Test
  void syncInodes_othersDirtyWithoutEnd_returns() throws Exception {
    onVolume(volume -> {
      AtomicBoolean stop = new AtomicBoolean();
      List<TestInode> files = new ArrayList<>();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        TestInode file = volume.newFile();
        files.add(file);
        file.store(0, 1);
        int seed = i;
        tasks.add(
            spawn(
                volume,
                "dirtier " + i,
                () -> {
                  SplittableRandom random = new SplittableRandom(seed);
                  while (!stop.get()) {
                    file.store(random.nextInt(64), random.nextLong());
                    volume.machine.sleep(10_000);
                  }
                }));
      }
      volume.machine.sleep(MILLISECOND);
      TestInode mine = volume.newFile();
      for (int round = 0; round < 5; round++) {
        mine.store(round, round);
        volume.sync();
        assertThat(mine.durable).containsEntry((long) round, (long) round);
      }
      stop.set(true);
      tasks.forEach(Task::join);
      volume.sync();
      assertThat(volume.writeback.counters().nrDirty()).isZero();
      files.forEach(volume::evict);
      volume.evict(mine);
    });
  }

  @Test
  void randomWritersAndSyncers_whatWasSynced_isOnTheDevice() throws Exception {
    onVolume(volume -> {
      List<TestInode> files = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        files.add(volume.newFile());
      }
      AtomicInteger trouble = new AtomicInteger();
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        int number = t;
        tasks.add(
            spawn(
                volume,
                "worker " + t,
                () -> {
                  SplittableRandom random = new SplittableRandom(number);
                  TestInode file = files.get(number);
                  for (int n = 0; n < 40; n++) {
                    long page = random.nextInt(20);
                    file.store(page, n);
                    int version = file.touch(Inode.DIRTY_SYNC);
                    if (n % 7 == 0) {
                      volume.sync();
                    } else if (n % 5 == 0) {
                      volume.writeback.writeInode(file);
                    } else {
                      volume.machine.sleep(random.nextInt(200_000));
                      continue;
                    }
                    if (file.durable.getOrDefault(page, -1L) != n
                        || file.durableVersion < version) {
                      trouble.incrementAndGet();
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(trouble).hasValue(0);
      volume.sync();
      assertThat(volume.writeback.counters().nrDirty()).isZero();
      files.forEach(volume::evict);
    });
  }

  @Test
  void inodeEvicted_whileOthersWriteAndSync_isForgotten() throws Exception {
    onVolume(volume -> {
      AtomicBoolean stop = new AtomicBoolean();
      Task syncer =
          spawn(
              volume,
              "syncer",
              () -> {
                while (!stop.get()) {
                  volume.sync();
                  volume.machine.sleep(30_000);
                }
              });
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int number = t;
        tasks.add(
            spawn(
                volume,
                "evicter " + t,
                () -> {
                  SplittableRandom random = new SplittableRandom(number);
                  for (int n = 0; n < 30; n++) {
                    TestInode file = volume.newFile();
                    file.store(random.nextInt(4), n);
                    file.touch(Inode.DIRTY_SYNC);
                    volume.machine.sleep(random.nextInt(100_000));
                    volume.evict(file);
                    int written = file.timesWritten.get();
                    file.touch(Inode.DIRTY_SYNC);
                    volume.machine.sleep(random.nextInt(3_000_000));
                    assertThat(file.timesWritten).as("written after eviction").hasValue(written);
                  }
                }));
      }
      tasks.forEach(Task::join);
      stop.set(true);
      syncer.join();
      assertThat(volume.writeback.counters().nrDirty()).isZero();
      assertThat(volume.writeback.counters().nrWriteback()).isZero();
    });
  }

  @Test
  void pageWrite_fails_isReportedAndNothingHangs() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      volume.disk.failWith(Errno.EIO);
      int cursor = file.mapping.errors().sample();
      file.store(0, 1);
      volume.sync();
      assertThat(file.mapping.errors().check(cursor)).isEqualTo(Errno.EIO);
      assertThat(volume.superBlock.errors().check(0)).isEqualTo(Errno.EIO);
      volume.disk.failWith(null);
      file.store(0, 2);
      volume.sync();
      assertThat(file.durable).containsEntry(0L, 2L);
      volume.evict(file);
    });
  }

  @Test
  void metadataWrite_fails_isReportedWhereAskedFor() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      int cursor = file.mapping.errors().sample();
      volume.metadataFailure = Errno.ENOSPC;
      file.touch(Inode.DIRTY_SYNC);
      assertThatThrownBy(() -> volume.writeback.writeInode(file))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
      assertThat(file.mapping.errors().check(cursor)).isEqualTo(Errno.ENOSPC);
      assertThat(volume.superBlock.errors().check(0)).isEqualTo(Errno.ENOSPC);
      volume.metadataFailure = null;
      volume.evict(file);
    });
  }

  @Test
  void detach_lastOne_endsAndMakesRoomForAnother() throws Exception {
    onVolume(volume -> {
      Writeback writeback = volume.writeback;
      BackingDevice again = writeback.attach("disk");
      assertThat(again).isSameAs(volume.device);
      writeback.detach(again);
      BackingDevice other = writeback.attach("other");
      assertThat(writeback.devices())
          .extracting(BdiStatistics::device)
          .containsExactly("disk", "other");
      writeback.detach(other);
      assertThat(writeback.devices()).extracting(BdiStatistics::device).containsExactly("disk");
      assertThatThrownBy(() -> writeback.detach(other)).isInstanceOf(IllegalStateException.class);
      BackingDevice fresh = writeback.attach("other");
      assertThat(fresh).isNotSameAs(other);
      writeback.detach(fresh);
      writeback.detach(BackingDevice.NONE);
    });
  }

  @Test
  void counters_dirtyThenWritten_addUp() throws Exception {
    onVolume(volume -> {
      TestInode file = volume.newFile();
      for (long page = 0; page < 30; page++) {
        file.store(page, page);
      }
      volume.sync();
      WritebackCounters counters = volume.writeback.counters();
      assertThat(counters.nrDirtied()).isEqualTo(30);
      assertThat(counters.nrWritten()).isEqualTo(30);
      assertThat(counters.nrDirtyThreshold()).isGreaterThan(counters.nrDirtyBackgroundThreshold());
      assertThat(counters.asVmstat()).containsEntry("nr_written", 30L).hasSize(6);
      BdiStatistics device = volume.writeback.devices().getFirst();
      assertThat(device.bdiDirtied()).isEqualTo(30);
      assertThat(device.bdiWritten()).isEqualTo(30);
      assertThat(device.bDirty()).isZero();
      volume.evict(file);
    });
  }

  @Test
  void configure_byName_isInForce() throws Exception {
    onVolume(volume -> {
      volume.writeback.configure("dirty_ratio", 50);
      volume.writeback.configure("dirty_background_bytes", 40960);
      assertThat(volume.writeback.settings().dirtyRatio()).isEqualTo(50);
      assertThat(volume.writeback.counters().nrDirtyBackgroundThreshold()).isEqualTo(10);
      assertThatThrownBy(() -> volume.writeback.configure("dirty_ratio", 101))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dirty_ratio must be from 0 to 100");
    });
  }
}
