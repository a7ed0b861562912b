package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What many dirty inodes cost: counted in looks at lists and moves between them, not in time. The
 * work for an inode must not grow with their number, and an inode whose time has not come must cost
 * nothing.
 *
 * <p>{@code -Dsekiso.inodes=1000000} goes up to so many inodes (10 000 by default) in steps of ten.
 */
final class ManyDirtyInodesTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long DISK_NANOS = 1_000;
  private static final int DEFAULT_INODES = 10_000;
  private static final int STEPS_OF_TEN = 3;
  private static final int CACHE_PAGES = 32_768;

  /** What has pages is bounded by the page cache of the test. */
  private static final int MOST_FILES = 10_000;

  /** Ten times the inodes may cost this much more for each: rounds cut off at other places. */
  private static final double MOST_GROWTH = 1.1;

  /** A group's children need memory of their own to have writeback of their own. */
  private static final long GROUP_PAGES = 16_000;

  /** What is done with dirty inodes. */
  @FunctionalInterface
  private interface Deed {
    void perform(TestVolume volume, List<TestInode> inodes) throws Exception;
  }

  /**
   * @param looks at an end of a list or at a neighbour
   * @param moves to a list
   * @param writes of an inode's metadata
   */
  private record Cost(long looks, long moves, long writes) {
    Cost minus(Cost before) {
      return new Cost(looks - before.looks, moves - before.moves, writes - before.writes);
    }

    long steps() {
      return looks + moves + writes;
    }
  }

  /** How inodes get dirty before the deed. */
  private enum Dirt {
    METADATA,
    TIMES,
    PAGES
  }

  private static int[] sizes(int most) {
    int largest = Math.min(most, Integer.getInteger("sekiso.inodes", DEFAULT_INODES));
    List<Integer> sizes = new ArrayList<>();
    for (int size = largest; size >= 1000 && sizes.size() < STEPS_OF_TEN; size /= 10) {
      sizes.addFirst(size);
    }
    assertThat(sizes).as("at least 10000 inodes are needed to see growth").hasSizeGreaterThan(1);
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  private static Cost costSoFar(TestVolume volume) {
    long looks = 0;
    long moves = 0;
    for (BdiWriteback writeback : ((BackingDevInfo) volume.device).writebacks()) {
      DirtyInodes inodes = writeback.inodes();
      looks += inodes.looks();
      moves += inodes.moves();
    }
    return new Cost(looks, moves, volume.metadataWrites.get());
  }

  private static Cost cost(int count, Dirt dirt, Deed before, Deed deed) throws Exception {
    Cost[] cost = new Cost[1];
    TestMachines.simulated(
        1,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(CACHE_PAGES));
          try (Writeback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  new PerBdiFlusher(),
                  DirtyThrottle.NONE)) {
            TestDisk disk = new TestDisk(machine, DISK_NANOS);
            TestVolume volume = new TestVolume(machine, writeback, pages, disk, "disk");
            List<TestInode> inodes = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
              TestInode inode = dirt == Dirt.PAGES ? volume.newFile() : volume.newBareInode();
              inodes.add(inode);
              dirty(inode, dirt);
            }
            before.perform(volume, inodes);
            Cost start = costSoFar(volume);
            deed.perform(volume, inodes);
            cost[0] = costSoFar(volume).minus(start);
            volume.drop();
          }
          pages.close();
        });
    return cost[0];
  }

  private static void dirty(TestInode inode, Dirt dirt) throws Exception {
    switch (dirt) {
      case METADATA -> {
        int unused = inode.touch(Inode.DIRTY_SYNC);
      }
      case TIMES -> {
        int unused = inode.touch(Inode.DIRTY_TIME);
      }
      case PAGES -> inode.store(0, 1);
    }
  }

  private static void nothing(TestVolume volume, List<TestInode> inodes) {}

  private static void sleep(TestVolume volume, long seconds) {
    volume.machine.sleep(seconds * SECOND);
  }

  /** The deed costs no more for an inode among many than for one among few. */
  private static void assertLinear(int[] sizes, Dirt dirt, Deed before, Deed deed)
      throws Exception {
    double perInode = 0;
    for (int size : sizes) {
      Cost cost = cost(size, dirt, before, deed);
      double now = (double) cost.steps() / size;
      assertThat(now).as("steps for each inode, %d inodes: %s", size, cost).isPositive();
      if (perInode > 0) {
        assertThat(now)
            .as("steps for each inode, %d inodes: %s", size, cost)
            .isLessThanOrEqualTo(perInode * MOST_GROWTH);
      }
      perInode = perInode == 0 ? now : perInode;
    }
  }

  private static void assertLinear(Dirt dirt, Deed before, Deed deed) throws Exception {
    int most = dirt == Dirt.PAGES ? MOST_FILES : Integer.MAX_VALUE;
    assertLinear(sizes(most), dirt, before, deed);
  }

  private static void syncAll(TestVolume volume, List<TestInode> inodes) {
    volume.sync();
    assertThat(volume.metadataWrites).as("each was written once").hasValue(inodes.size());
  }

  @Test
  void sync_ofMetadata_costsTheSameForEachInode() throws Exception {
    assertLinear(Dirt.METADATA, ManyDirtyInodesTest::nothing, ManyDirtyInodesTest::syncAll);
  }

  @Test
  void sync_ofTimes_costsTheSameForEachInode() throws Exception {
    assertLinear(Dirt.TIMES, ManyDirtyInodesTest::nothing, ManyDirtyInodesTest::syncAll);
  }

  @Test
  void sync_ofFilesWithPages_costsTheSameForEachInode() throws Exception {
    assertLinear(Dirt.PAGES, ManyDirtyInodesTest::nothing, ManyDirtyInodesTest::syncAll);
  }

  /** Two file systems on one device share its lists. */
  @Test
  void sync_amongAnotherFileSystemsInodes_costsTheSameForEachInode() throws Exception {
    assertLinear(
        Dirt.METADATA,
        ManyDirtyInodesTest::nothing,
        (volume, inodes) -> {
          TestVolume other =
              new TestVolume(
                  volume.machine, volume.writeback, volume.pages, volume.disk, "disk", "other");
          for (int i = 0; i < inodes.size(); i++) {
            dirty(other.newBareInode(), Dirt.METADATA);
          }
          other.sync();
          assertThat(other.metadataWrites).hasValue(inodes.size());
          volume.sync();
          other.release();
        });
  }

  @Test
  void inodesWrittenOneByOne_costTheSameForEach() throws Exception {
    assertLinear(
        Dirt.METADATA,
        ManyDirtyInodesTest::nothing,
        (volume, inodes) -> {
          for (TestInode inode : inodes) {
            volume.writeback.writeInode(inode);
          }
          assertThat(volume.metadataWrites).hasValue(inodes.size());
        });
  }

  @Test
  void periodicPass_allExpired_costsTheSameForEachInode() throws Exception {
    assertLinear(
        Dirt.METADATA,
        (volume, inodes) -> sleep(volume, 29),
        (volume, inodes) -> {
          sleep(volume, 20);
          assertThat(volume.metadataWrites).hasValue(inodes.size());
        });
  }

  /** Whole passes over lists of which nothing is due: the same for ten inodes as for a million. */
  @Test
  void periodicPass_noneExpired_looksAtNoInodeButTheOldest() throws Exception {
    List<Cost> costs = new ArrayList<>();
    for (int size : sizes(Integer.MAX_VALUE)) {
      costs.add(
          cost(
              size,
              Dirt.METADATA,
              ManyDirtyInodesTest::nothing,
              (volume, inodes) -> sleep(volume, 26)));
    }
    Cost first = costs.getFirst();
    assertThat(first.looks()).as("five passes look at the lists").isBetween(5L, 50L);
    assertThat(first.moves() + first.writes()).isZero();
    assertThat(costs).as("the same for any number").allMatch(first::equals);
  }

  /** Its inodes go to the group above, each to the place its age gives it among as many others. */
  @Test
  void groupRemoved_withManyDirtyInodes_costsTheSameForEach() throws Exception {
    Cgroup group = Cgroup.ROOT.child("group");
    assertLinear(
        Dirt.METADATA,
        (volume, inodes) -> {
          ((CgroupWriteback) volume.writeback).addGroup(group, new TestGroupMemory(0, GROUP_PAGES));
          volume
              .machine
              .spawn(
                  "member",
                  TaskKind.USER,
                  TaskContext.ROOT.withCgroup(group),
                  () -> {
                    for (int i = 0; i < inodes.size(); i++) {
                      int unused = volume.newBareInode().touch(Inode.DIRTY_SYNC);
                    }
                  })
              .join();
        },
        (volume, inodes) -> {
          ((CgroupWriteback) volume.writeback).removeGroup(group);
          volume.sync();
          assertThat(volume.metadataWrites).hasValue(2 * inodes.size());
        });
  }
}
