package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What the accounts of a page's way from clean over dirty and written back to clean cost. */
final class DirtyingAllocationTest {

  private static final int ROUNDS = 100_000;

  /** Room for what the runtime does on its own; a byte a round would be a hundred times that. */
  private static final long ALLOWANCE_BYTES = 1_000;

  @Test
  void page_dirtiedCleanedAndWritten_allocatesNothing() throws Exception {
    TestMachines.system(machine -> {
      PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(1024));
      try (CgroupWriteback writeback =
          new CgroupWriteback(
              machine,
              pages::memory,
              WritebackSettings.DEFAULT,
              new ManualFlusher(),
              DirtyThrottle.NONE)) {
        TestVolume volume =
            new TestVolume(machine, writeback, pages, new TestDisk(machine, 1_000), "disk");
        TestInode file = volume.newFile();
        BackingDevInfo device = (BackingDevInfo) volume.device;
        rounds(device, file);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        long before = threads.getThreadAllocatedBytes(id);
        rounds(device, file);
        assertThat(threads.getThreadAllocatedBytes(id) - before).isLessThan(ALLOWANCE_BYTES);
        assertThat(writeback.counters().nrDirty()).isZero();
        assertThat(writeback.counters().nrDirtied()).isEqualTo(2L * ROUNDS);
      }
    });
  }

  private static void rounds(BackingDevInfo device, TestInode file) {
    for (int i = 0; i < ROUNDS; i++) {
      device.dirtied(file.mapping, Cgroup.ROOT, 1);
      device.cleaned(file.mapping, 1);
      device.writebackStarted(file.mapping, Cgroup.ROOT, 1);
      device.writebackEnded(file.mapping, 1);
      makeClean(InodeTracker.find(file));
    }
  }

  /** As after a write of the inode. */
  private static void makeClean(InodeNode node) {
    DirtyInodes inodes = node.lockWriteback().inodes();
    node.flags = 0;
    inodes.remove(node);
    inodes.unlock();
  }
}
