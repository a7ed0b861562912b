package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.FileOperations.SyncScope;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What an {@code fsync} leaves for the flusher: what it has not written, and no more. */
final class MetadataSyncTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long PAGE_NANOS = 20_000;
  private static final long LAST_OF_FIRST_PAGE = 4095;

  private static void onVolume(long seed, WritebackContract.VolumeProgram program)
      throws Exception {
    TestMachines.simulated(
        seed,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(4096));
          WritebackSettings settings =
              WritebackSettings.DEFAULT
                  .with("dirty_expire_centisecs", 300)
                  .with("dirty_writeback_centisecs", 100);
          try (Writeback writeback =
              new CgroupWriteback(
                  machine, pages::memory, settings, new PerBdiFlusher(), DirtyThrottle.NONE)) {
            TestDisk disk = new TestDisk(machine, PAGE_NANOS);
            program.run(new TestVolume(machine, writeback, pages, disk, "disk"));
          }
        });
  }

  private static void sync(TestInode file, SyncScope scope) throws Exception {
    file.mapping.writeAndWait(0, Long.MAX_VALUE);
    file.volume.writeback.syncMetadata(file, scope);
  }

  @Test
  void syncedFile_isNotWrittenAgainAtExpiry() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          file.touch(Inode.DIRTY_SYNC);
          sync(file, SyncScope.ALL);
          assertThat(file.timesWritten).hasValue(1);
          assertThat(volume.writeback.isDirty(file)).isFalse();
          assertThat(volume.writeback.devices().getFirst().bDirty()).isZero();
          volume.machine.sleep(10 * SECOND);
          assertThat(file.timesWritten).hasValue(1);
        });
  }

  @Test
  void dataSync_ofLargerFile_isNotWrittenAgainAtExpiry() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          file.touch(Inode.DIRTY_SYNC);
          sync(file, SyncScope.DATA);
          assertThat(volume.writeback.isDirty(file)).isFalse();
          volume.machine.sleep(10 * SECOND);
          assertThat(file.timesWritten).hasValue(1);
        });
  }

  /** Times are none of {@code fdatasync}'s business; the age they have keeps counting. */
  @Test
  void dataSync_afterOverwrite_leavesTimesForExpiry() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          sync(file, SyncScope.ALL);
          long start = volume.machine.nanoTime();
          file.store(0, 2);
          file.touch(Inode.DIRTY_SYNC);
          volume.machine.sleep(SECOND);
          sync(file, SyncScope.DATA);
          assertThat(file.durable).containsEntry(0L, 2L);
          assertThat(file.timesWritten).hasValue(1);
          assertThat(volume.writeback.isDirty(file)).isTrue();
          volume.machine.sleep(10 * SECOND);
          assertThat(file.timesWritten).hasValue(2);
          assertThat(file.metadataWrittenAt - start).isBetween(3 * SECOND, 4 * SECOND + SECOND / 2);
        });
  }

  @Test
  void rangedSync_leavesOtherPagesForExpiry() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          file.store(1, 2);
          file.mapping.writeAndWait(0, LAST_OF_FIRST_PAGE);
          volume.writeback.syncMetadata(file, SyncScope.ALL);
          assertThat(file.durable).containsOnlyKeys(0L);
          assertThat(file.timesWritten).hasValue(1);
          assertThat(volume.writeback.isDirty(file)).isTrue();
          volume.machine.sleep(10 * SECOND);
          assertThat(file.durable).containsOnlyKeys(0L, 1L);
          assertThat(file.timesWritten).hasValue(1);
          assertThat(volume.writeback.isDirty(file)).isFalse();
        });
  }

  @Test
  void lazyTimes_areWrittenByASyncOfAll() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode inode = volume.newBareInode();
          int version = inode.touch(Inode.DIRTY_TIME);
          volume.writeback.syncMetadata(inode, SyncScope.DATA);
          assertThat(inode.timesWritten).hasValue(0);
          assertThat(volume.writeback.isDirty(inode)).isTrue();
          volume.writeback.syncMetadata(inode, SyncScope.ALL);
          assertThat(inode.durableVersion).isEqualTo(version);
          assertThat(volume.writeback.isDirty(inode)).isFalse();
        });
  }

  @Test
  void inodeChangedWhileItIsWritten_staysDirty() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.whileWritingMetadata =
              inode -> {
                volume.whileWritingMetadata = other -> {};
                inode.touch(Inode.DIRTY_DATASYNC);
              };
          sync(file, SyncScope.ALL);
          assertThat(volume.writeback.isDirty(file)).isTrue();
          sync(file, SyncScope.DATA);
          assertThat(file.durableVersion).isEqualTo(file.version.get());
          assertThat(volume.writeback.isDirty(file)).isFalse();
        });
  }

  @Test
  void failedWrite_isThrown_andTheNextSyncTriesAgain() throws Exception {
    onVolume(
        1,
        volume -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.metadataFailure = Errno.EIO;
          assertThatThrownBy(() -> sync(file, SyncScope.ALL)).hasMessageContaining("EIO");
          volume.metadataFailure = null;
          sync(file, SyncScope.ALL);
          assertThat(file.durableVersion).isEqualTo(file.version.get());
        });
  }

  /** At no moment is a page dirty in an inode that nobody will write. */
  @Test
  void syncsAndStores_inAnyOrder_keepTheAccountsRight() throws Exception {
    for (long seed = 1; seed <= 60; seed++) {
      race(seed);
    }
  }

  private static void race(long seed) throws Exception {
    onVolume(
        seed,
        volume -> {
          TestInode file = volume.newFile();
          AtomicBoolean done = new AtomicBoolean();
          Task observer =
              volume.machine.spawn(
                  "observer",
                  TaskKind.USER,
                  () -> {
                    while (!done.get()) {
                      if (file.mapping.dirtyPages() > 0) {
                        assertThat(volume.writeback.isDirty(file)).as("seed %d", seed).isTrue();
                      }
                      volume.machine.sleep(3_000);
                    }
                  });
          List<Task> workers = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            SplittableRandom random = new SplittableRandom(seed * 10 + i);
            workers.add(volume.machine.spawn("worker", TaskKind.USER, () -> work(file, random)));
          }
          workers.forEach(Task::join);
          done.set(true);
          observer.join();
          volume.machine.sleep(10 * SECOND);
          assertThat(volume.writeback.isDirty(file)).as("seed %d", seed).isFalse();
          assertThat(volume.writeback.counters().nrDirty()).isZero();
          assertThat(file.durableVersion).isEqualTo(file.version.get());
        });
  }

  private static void work(TestInode file, SplittableRandom random) {
    try {
      for (int round = 0; round < 40; round++) {
        if (random.nextBoolean()) {
          file.store(random.nextInt(6), round);
        } else {
          long first = random.nextInt(6) << 12;
          file.mapping.writeAndWait(first, first + LAST_OF_FIRST_PAGE);
          file.volume.writeback.syncMetadata(
              file, random.nextBoolean() ? SyncScope.ALL : SyncScope.DATA);
        }
        file.volume.machine.sleep(random.nextInt(60_000));
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
