package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wrong with a writeback layer is seen, and named. */
class WritebackInvariantsTest {

  private static final long PAGE_NANOS = 20_000;

  private interface Planting {
    void plant(TestVolume volume, TestInode file, InodeNode node) throws Exception;
  }

  /** A file with three dirty pages, at rest: nobody writes unless asked. */
  private static void onDirtyFile(Planting planting) throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(256));
          Writeback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  new ManualFlusher(),
                  DirtyThrottle.NONE);
          TestVolume volume =
              new TestVolume(machine, writeback, pages, new TestDisk(machine, PAGE_NANOS), "disk");
          TestInode file = volume.newFile();
          for (long page = 0; page < 3; page++) {
            file.store(page, page);
          }
          assertThat(pages.memory().dirty()).isEqualTo(3);
          assertThat(violations(volume)).isEmpty();
          planting.plant(volume, file, InodeTracker.find(file));
        });
  }

  private static List<String> violations(TestVolume volume) {
    return WritebackInvariants.of(volume.writeback, volume.pages).violations();
  }

  @Test
  void inode_cleanButListed_isSeen() throws Exception {
    onDirtyFile((volume, file, node) -> {
      node.flags = 0;
      assertThat(violations(volume))
          .anySatisfy(violation -> assertThat(violation).contains("clean, but on b_dirty"));
      node.flags = Inode.DIRTY_PAGES;
      assertThat(violations(volume)).isEmpty();
    });
  }

  @Test
  void inode_dirtyButOnNoList_isSeen() throws Exception {
    onDirtyFile((volume, file, node) -> {
      DirtyInodes inodes = node.lockWriteback().inodes();
      inodes.remove(node);
      inodes.unlock();
      assertThat(violations(volume))
          .singleElement()
          .asString()
          .contains("3 dirty pages, but on no list");
    });
  }

  @Test
  void inode_onTheWrongList_isSeen() throws Exception {
    onDirtyFile((volume, file, node) -> {
      DirtyInodes inodes = node.lockWriteback().inodes();
      inodes.move(node, inodes.dirtyTime);
      inodes.unlock();
      assertThat(violations(volume))
          .singleElement()
          .asString()
          .contains("more than times are dirty, but on b_dirty_time");
    });
  }

  @Test
  void inode_claimedForEver_isSeen() throws Exception {
    onDirtyFile((volume, file, node) -> {
      assertThat(InodeTracker.claim(node)).isTrue();
      assertThat(violations(volume)).singleElement().asString().contains("being written at rest");
      InodeTracker.release(node);
      assertThat(violations(volume)).isEmpty();
    });
  }

  @Test
  void page_countedTwice_isSeenInEveryCount() throws Exception {
    onDirtyFile((volume, file, node) -> {
      ((DirtyListener) volume.device).dirtied(file.mapping, 1);
      assertThat(violations(volume))
          .anySatisfy(v -> assertThat(v).startsWith("4 dirty pages counted, there are 3"))
          .anySatisfy(v -> assertThat(v).contains("4 dirty pages counted", "of inode"))
          .anySatisfy(v -> assertThat(v).contains("4 dirty pages counted", "flusher of disk"));
    });
  }

  @Test
  void writebackThatNeverEnds_isSeen() throws Exception {
    onDirtyFile((volume, file, node) -> {
      ((DirtyListener) volume.device).writebackStarted(file.mapping, 2);
      assertThat(violations(volume)).contains("2 pages under writeback");
    });
  }

  @Test
  void writeThrough_thatLeavesSomethingDirty_isSeen() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(256));
          Writeback writeback = new WriteThrough(machine, pages::memory, WritebackSettings.DEFAULT);
          TestVolume volume =
              new TestVolume(machine, writeback, pages, new TestDisk(machine, PAGE_NANOS), "disk");
          TestInode file = volume.newFile();
          file.store(0, 1);
          assertThat(violations(volume)).isEmpty();
          ((DirtyListener) volume.device).dirtied(file.mapping, 1);
          assertThat(violations(volume))
              .contains(
                  "1 pages dirty under write-through",
                  "1 pages of disk dirty under write-through",
                  "1 inodes of disk dirty under write-through");
        });
  }
}
