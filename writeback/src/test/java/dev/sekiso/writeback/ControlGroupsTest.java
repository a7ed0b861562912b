package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Control groups with writeback of their own, on the page cache's memory groups. */
final class ControlGroupsTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int CACHE_PAGES = 32_768;

  /** 20 MB/s. */
  private static final long PAGE_NANOS = 4096 * SECOND / 20_000_000;

  private static final long NANOS_PER_STORE = 2_000;

  /** A layer over a page cache with one volume, and groups below its root. */
  private static final class Setup {
    final PageCache pages;
    final CgroupWriteback writeback;
    final TestVolume volume;

    Setup(PageCache pages, CgroupWriteback writeback, TestVolume volume) {
      this.pages = pages;
      this.writeback = writeback;
      this.volume = volume;
    }

    Cgroup group(String name, long maximumPages, int weight) {
      return group(Cgroup.ROOT, name, maximumPages, weight);
    }

    Cgroup group(Cgroup parent, String name, long maximumPages, int weight) {
      Cgroup cgroup = parent.child(name);
      MemoryGroup memory = pages.memoryGroups().create(cgroup);
      memory.setMax(maximumPages);
      writeback.addGroup(cgroup, GroupMemory.of(memory));
      writeback.setWeight(cgroup, weight);
      return cgroup;
    }

    void remove(Cgroup cgroup) {
      writeback.removeGroup(cgroup);
      pages.memoryGroups().remove(pages.memoryGroups().find(cgroup).orElseThrow());
    }

    BdiWriteback of(Cgroup cgroup) {
      return ((BackingDevInfo) volume.device)
          .writebacks().stream()
              .filter(writeback -> writeback.cgroup() == cgroup)
              .findFirst()
              .orElseThrow();
    }

    /** Writes the file round and round as a task of the group, until told to stop. */
    Task writer(
        Cgroup cgroup, TestInode file, int filePages, AtomicLong count, AtomicBoolean stop) {
      return volume.machine.spawn(
          "writer of " + cgroup,
          TaskKind.USER,
          TaskContext.ROOT.withCgroup(cgroup),
          () -> {
            for (long i = 0; !stop.get(); i++) {
              file.put(i % filePages, i);
              count.incrementAndGet();
              volume.machine.spendProcessorTime(NANOS_PER_STORE);
            }
          });
    }

    void sleep(double seconds) {
      volume.machine.sleep((long) (seconds * SECOND));
    }
  }

  @FunctionalInterface
  private interface Program {
    void run(Setup setup) throws Exception;
  }

  private static void run(long seed, DirtyThrottle none, Program program) throws Exception {
    TestMachines.simulated(
        seed,
        Tracer.NONE,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(CACHE_PAGES));
          try (CgroupWriteback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  new PerBdiFlusher(),
                  none == null ? new PosRatioThrottle(machine) : none)) {
            TestDisk disk = new TestDisk(machine, PAGE_NANOS);
            TestVolume volume = new TestVolume(machine, writeback, pages, disk, "disk");
            program.run(new Setup(pages, writeback, volume));
            volume.drop();
          }
          pages.close();
        });
  }

  private static void run(Program program) throws Exception {
    run(1, null, program);
  }

  @Test
  void weights_twoBusyGroups_shareTheDeviceWithinATenth() throws Exception {
    for (int[] weights : new int[][] {{100, 100}, {100, 300}, {500, 100}}) {
      run(setup -> {
        Cgroup one = setup.group("one", 8_000, weights[0]);
        Cgroup two = setup.group("two", 12_000, weights[1]);
        AtomicBoolean stop = new AtomicBoolean();
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          tasks.add(setup.writer(one, setup.volume.newFile(), 6_000, new AtomicLong(), stop));
          tasks.add(setup.writer(two, setup.volume.newFile(), 6_000, new AtomicLong(), stop));
        }
        setup.sleep(20);
        long before1 = setup.of(one).written();
        long before2 = setup.of(two).written();
        setup.sleep(40);
        double share1 = setup.of(one).written() - before1;
        double share2 = setup.of(two).written() - before2;
        stop.set(true);
        tasks.forEach(Task::join);
        double wanted = (double) weights[0] / (weights[0] + weights[1]);
        assertThat(share1 / (share1 + share2))
            .as("weights %d and %d", weights[0], weights[1])
            .isCloseTo(wanted, within(wanted / 10));
        assertThat((share1 + share2) / 40)
            .as("the device is kept busy")
            .isGreaterThan(0.85 * 20_000_000 / 4096);
      });
    }
  }

  @Test
  void group_overItsLimit_doesNotSlowOneUnderIts() throws Exception {
    // The quiet one dirties 2 MB/s of the device's 20, far below its limits.
    long alone = quietPages(false);
    long together = quietPages(true);
    assertThat(together).isGreaterThan(alone * 9 / 10);
  }

  private static long quietPages(boolean withTheOther) throws Exception {
    AtomicLong quietCount = new AtomicLong();
    run(setup -> {
      Cgroup quiet = setup.group("quiet", 12_000, 100);
      Cgroup loud = setup.group("loud", 2_000, 100);
      AtomicBoolean stop = new AtomicBoolean();
      List<Task> tasks = new ArrayList<>();
      AtomicLong loudCount = new AtomicLong();
      if (withTheOther) {
        for (int i = 0; i < 4; i++) {
          tasks.add(setup.writer(loud, setup.volume.newFile(), 5_000, loudCount, stop));
        }
      }
      TestInode file = setup.volume.newFile();
      tasks.add(
          setup.volume.machine.spawn(
              "quiet",
              TaskKind.USER,
              TaskContext.ROOT.withCgroup(quiet),
              () -> {
                for (long i = 0; !stop.get(); i++) {
                  file.put(i % 4_000, i);
                  quietCount.incrementAndGet();
                  setup.volume.machine.sleep(2_000_000);
                }
              }));
      setup.sleep(30);
      stop.set(true);
      tasks.forEach(Task::join);
      if (withTheOther) {
        assertThat(loudCount.get()).isPositive();
        DirtyDomain loudDomain = setup.of(loud).groupDomain();
        assertThat(loudDomain.dirty() + loudDomain.writeback())
            .as("held to its own limit")
            .isLessThanOrEqualTo(loudDomain.hardLimit(loudDomain.limits()) + 4 * 32 + 32);
      }
    });
    return quietCount.get();
  }

  @Test
  void inode_dirtiedByAnotherGroup_changesHands() throws Exception {
    run(setup -> {
      Cgroup first = setup.group("first", 12_000, 100);
      Cgroup second = setup.group("second", 12_000, 100);
      TestInode file = setup.volume.newFile();
      AtomicBoolean stop = new AtomicBoolean();
      Task task = setup.writer(first, file, 500, new AtomicLong(), stop);
      setup.sleep(0.1);
      stop.set(true);
      task.join();
      setup.volume.sync();
      InodeNode node = InodeTracker.find(file);
      assertThat(node.writeback.cgroup()).isEqualTo(first);
      // The second group's pages are other ones: what is written of those is its own.
      AtomicBoolean stopSecond = new AtomicBoolean();
      long start = setup.volume.machine.nanoTime();
      Task other =
          setup.volume.machine.spawn(
              "second",
              TaskKind.USER,
              TaskContext.ROOT.withCgroup(second),
              () -> {
                for (long i = 0; !stopSecond.get(); i++) {
                  file.put(1_000 + i % 8_000, i);
                  setup.volume.machine.spendProcessorTime(NANOS_PER_STORE);
                }
              });
      long writtenBefore = setup.of(first).written();
      while (node.writeback.cgroup() != second) {
        setup.sleep(0.01);
        assertThat(setup.volume.machine.nanoTime() - start).isLessThan(20 * SECOND);
      }
      double written = setup.of(first).written() - writtenBefore;
      // Nine of sixteen slots of two seconds of the device's time, one write more at most.
      assertThat(written / 5_000).as("seconds of device time").isLessThan(2.5);
      stopSecond.set(true);
      other.join();
      setup.volume.sync();
      assertThat(setup.of(first).reclaimable() + setup.of(first).writeback()).isZero();
      assertThat(setup.of(second).reclaimable() + setup.of(second).writeback()).isZero();
      assertThat(setup.of(second).written()).isPositive();
    });
  }

  @Test
  void group_removed_leavesItsInodesToTheOneAbove() throws Exception {
    for (long seed = 0; seed < 10; seed++) {
      run(
          seed,
          DirtyThrottle.NONE,
          setup -> {
            Cgroup above = setup.group("above", 12_000, 100);
            Cgroup below = setup.group(above, "below", 12_000, 100);
            List<TestInode> files = new ArrayList<>();
            TaskContext.ROOT
                .withCgroup(below)
                .run(() -> {
                  for (int i = 0; i < 200; i++) {
                    TestInode file = setup.volume.newFile();
                    file.put(0, i + 1);
                    files.add(file);
                  }
                  files.getFirst().touch(Inode.DIRTY_TIME);
                });
            assertThat(setup.of(below).reclaimable()).isEqualTo(200);
            SplittableRandom random = new SplittableRandom(7);
            Task syncer =
                setup.volume.machine.spawn(
                    "syncer",
                    TaskKind.USER,
                    () -> {
                      setup.volume.machine.sleep(random.nextInt(2_000_000));
                      setup.volume.sync();
                      for (int i = 0; i < 200; i++) {
                        assertThat(files.get(i).durable).containsEntry(0L, i + 1L);
                      }
                    });
            setup.volume.machine.sleep(random.nextInt(2_000_000));
            setup.remove(below);
            assertThat(setup.writeback.groups())
                .extracting(GroupStatistics::cgroup)
                .containsExactly("/above");
            syncer.join();
            TestInode clean = files.get(3);
            clean.store(0, 77);
            assertThat(InodeTracker.find(clean).writeback).isSameAs(setup.of(above));
            setup.remove(above);
            setup.volume.sync();
            assertThat(clean.durable).containsEntry(0L, 77L);
            assertThat(setup.writeback.counters().nrDirty()).isZero();
            assertThat(setup.writeback.devices()).hasSize(1);
            BdiStatistics root = setup.writeback.devices().getFirst();
            assertThat(root.bdiReclaimable() + root.bdiWriteback()).isZero();
          });
    }
  }

  @Test
  void foreignDirty_groupAtItsLimit_hasTheOwnerWrite() throws Exception {
    run(setup -> {
      Cgroup owner = setup.group("owner", 12_000, 100);
      Cgroup guest = setup.group("guest", 1_000, 100);
      TestInode shared = setup.volume.newFile();
      TaskContext.ROOT.withCgroup(owner).run(() -> shared.put(0, 1));
      // The guest dirties pages of the owner's file, then is throttled in a file of its own.
      TaskContext.ROOT
          .withCgroup(guest)
          .run(() -> {
            for (int i = 1; i < 150; i++) {
              shared.put(i, i);
            }
          });
      assertThat(InodeTracker.find(shared).writeback.cgroup()).isEqualTo(owner);
      AtomicBoolean stop = new AtomicBoolean();
      Task task = setup.writer(guest, setup.volume.newFile(), 3_000, new AtomicLong(), stop);
      setup.sleep(2);
      stop.set(true);
      task.join();
      assertThat(shared.durable.size()).as("written long before it expires").isGreaterThan(100);
    });
  }

  @Test
  void switches_tooManyAtOnce_areRefused() throws Exception {
    run(setup -> {
      Cgroup group = setup.group("group", 12_000, 100);
      setup.writeback.attached();
      InodeSwitcher switcher = setup.writeback.controlGroups().switcher();
      List<InodeNode> nodes = new ArrayList<>();
      for (int i = 0; i < InodeSwitcher.MOST_IN_FLIGHT + 10; i++) {
        TestInode inode = setup.volume.newBareInode();
        inode.touch(Inode.DIRTY_SYNC);
        nodes.add(InodeTracker.find(inode));
      }
      int accepted = 0;
      // No time passes and nobody else runs: all are under way together.
      for (InodeNode node : nodes) {
        accepted += switcher.ask(node, setup.of(group)) ? 1 : 0;
      }
      assertThat(accepted).isEqualTo(InodeSwitcher.MOST_IN_FLIGHT);
      setup.sleep(1);
      assertThat(nodes.stream().filter(node -> node.writeback == setup.of(group)).count())
          .isEqualTo(InodeSwitcher.MOST_IN_FLIGHT);
      setup.volume.sync();
      assertThat(setup.of(group).hasDirtyIo()).isFalse();
    });
  }

  @Test
  void groups_wronglyNamed_areRefused() throws Exception {
    run(setup -> {
      Cgroup group = setup.group("group", 12_000, 100);
      Cgroup stranger = Cgroup.ROOT.child("stranger");
      TestGroupMemory memory = new TestGroupMemory(1, 1);
      assertThatThrownBy(() -> setup.writeback.addGroup(Cgroup.ROOT, memory))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> setup.writeback.addGroup(group, memory))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> setup.writeback.removeGroup(stranger))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> setup.writeback.setWeight(stranger, 100))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> setup.writeback.setWeight(group, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be from 1 to 10000");
    });
  }

  @Test
  void statistics_ofAGroup_tellItsPagesAndWrites() throws Exception {
    run(
        1,
        DirtyThrottle.NONE,
        setup -> {
          Cgroup group = setup.group("group", 12_000, 300);
          TestInode file = setup.volume.newFile();
          TaskContext.ROOT
              .withCgroup(group)
              .run(() -> {
                for (int i = 0; i < 30; i++) {
                  file.put(i, i);
                }
              });
          GroupStatistics dirty = setup.writeback.groups().getFirst();
          assertThat(dirty.asMemoryStat()).containsEntry("file_dirty", 30L * 4096);
          assertThat(dirty.weight()).isEqualTo(300);
          assertThat(dirty.dirtyThreshold()).isBetween(2_000L, 12_000L / 5);
          setup.volume.sync();
          GroupStatistics clean = setup.writeback.groups().getFirst();
          assertThat(clean.fileDirty()).isZero();
          assertThat(clean.asIoStat()).isEqualTo("disk wbytes=" + 30 * 4096);
        });
  }
}
