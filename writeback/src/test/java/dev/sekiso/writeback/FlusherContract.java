package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.writeback.TestVolume.TestInode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Flusher} promises, whatever it writes when: who waits is served, calls that
 * must not wait do not, and nothing is forgotten when it ends. A subclass makes the flusher, and
 * says whether it writes without being waited for.
 */
public abstract class FlusherContract {

  private static final long SECOND = 1_000_000_000L;
  private static final long PAGE_NANOS = 20_000;

  /** Whether anything is written by itself. */
  protected enum Initiative {
    /** What has expired, and what is over the background threshold, is written. */
    OWN,
    /** Only who waits, or asks, has something written. */
    NONE
  }

  protected abstract Flusher newFlusher();

  protected abstract Initiative initiative();

  /** A program on a layer with one volume. */
  @FunctionalInterface
  protected interface Program {
    void run(CgroupWriteback writeback, TestVolume volume) throws Exception;
  }

  private void run(long seed, Program program) throws Exception {
    TestMachines.simulated(
        seed,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(4096));
          CgroupWriteback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT
                      .with("dirty_writeback_centisecs", 100)
                      .with("dirty_expire_centisecs", 300),
                  newFlusher(),
                  DirtyThrottle.NONE);
          TestDisk disk = new TestDisk(machine, PAGE_NANOS);
          program.run(writeback, new TestVolume(machine, writeback, pages, disk, "disk"));
          writeback.close();
        });
  }

  @Test
  void sync_severalAtOnce_eachFindsItsDataOnTheDevice() throws Exception {
    for (long seed = 0; seed < 10; seed++) {
      run(
          seed,
          (writeback, volume) -> {
            List<Task> tasks = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
              TestInode file = volume.newFile();
              tasks.add(
                  volume.machine.spawn(
                      "syncer",
                      TaskKind.USER,
                      () -> {
                        for (long value = 1; value <= 5; value++) {
                          file.put(0, value);
                          volume.sync();
                          assertThat(file.durable).containsEntry(0L, value);
                        }
                      }));
            }
            tasks.forEach(Task::join);
            assertThat(writeback.counters().nrDirty()).isZero();
          });
    }
  }

  @Test
  void wake_fromATimer_doesNotWait() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          for (int i = 0; i < 20; i++) {
            // A machine in interrupt context refuses to wait.
            volume.machine.schedule(
                "waker", i * 1000L, () -> writeback.startAll(WritebackReason.VMSCAN));
          }
          volume.machine.sleep(SECOND);
          assertThat(file.durable.containsKey(0L)).isEqualTo(initiative() == Initiative.OWN);
          volume.sync();
        });
  }

  @Test
  void expired_isWrittenWithinARoundAndASecond_ifItWritesByItself() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          List<TestInode> files = new ArrayList<>();
          long start = volume.machine.nanoTime();
          for (int i = 0; i < 20; i++) {
            TestInode file = volume.newFile();
            file.store(0, i);
            files.add(file);
          }
          volume.machine.sleep(10 * SECOND);
          for (TestInode file : files) {
            if (initiative() == Initiative.OWN) {
              assertThat(file.firstDataWriteAt - start).isBetween(3 * SECOND, 5 * SECOND);
            } else {
              assertThat(file.durable).isEmpty();
            }
          }
          volume.sync();
        });
  }

  @Test
  void overBackground_isWrittenDown_ifItWritesByItself() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          writeback.configure("dirty_background_bytes", 100 * 4096);
          writeback.configure("dirty_expire_centisecs", 60_000);
          TestInode file = volume.newFile();
          for (int i = 0; i < 300; i++) {
            file.store(i, i);
          }
          volume.machine.sleep(3 * SECOND);
          if (initiative() == Initiative.OWN) {
            assertThat(writeback.counters().nrDirty()).isLessThanOrEqualTo(100);
          } else {
            assertThat(writeback.counters().nrDirty()).isEqualTo(300);
          }
          volume.sync();
        });
  }

  @Test
  void interval_changedLive_isFollowed() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          writeback.configure("dirty_writeback_centisecs", 0);
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.machine.sleep(100 * SECOND);
          int before = file.durable.size();
          writeback.configure("dirty_writeback_centisecs", 50);
          volume.machine.sleep(5 * SECOND);
          file.store(1, 1);
          volume.machine.sleep(6 * SECOND);
          if (initiative() == Initiative.OWN) {
            assertThat(before).isLessThanOrEqualTo(1);
            assertThat(file.durable).hasSize(2);
          } else {
            assertThat(file.durable).isEmpty();
          }
          volume.sync();
        });
  }

  @Test
  void devices_several_areServedEach() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          Machine machine = volume.machine;
          TestDisk slow = new TestDisk(machine, SECOND / 10);
          TestVolume other = new TestVolume(machine, writeback, volume.pages, slow, "slow");
          TestInode there = other.newFile();
          for (int i = 0; i < 30; i++) {
            there.store(i, i);
          }
          TestInode here = volume.newFile();
          here.store(0, 1);
          Task syncer = machine.spawn("syncer", TaskKind.USER, other::sync);
          long before = machine.nanoTime();
          volume.sync();
          assertThat(machine.nanoTime() - before)
              .as("a slow device holds up nobody who does not use it")
              .isLessThan(SECOND / 10);
          syncer.join();
          assertThat(there.durable).hasSize(30);
          other.release();
        });
  }

  @Test
  void end_thingsAreDirty_detachesAndAttachesAnew() throws Exception {
    run(
        1,
        (writeback, volume) -> {
          TestInode file = volume.newFile();
          file.store(0, 1);
          volume.sync();
          volume.evict(file);
          volume.release();
          TestVolume again =
              new TestVolume(volume.machine, writeback, volume.pages, volume.disk, "disk");
          TestInode next = again.newFile();
          next.store(0, 2);
          again.sync();
          assertThat(next.durable).containsEntry(0L, 2L);
        });
  }
}
