package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The lists of dirty inodes as those see them who do not take the lock. */
final class DirtyInodesTest {

  private static final int MOVES = 2_000_000;

  /** The reader ends by itself, so that one processor suffices. */
  private static final long MOST_LOOKS = 200_000_000;

  /**
   * A sync asks without the lock whether there is anything to write. While an inode changes lists
   * the answer must stay yes. The simulated machine switches tasks where they wait, which nobody
   * does under this lock, so two real threads meet here.
   */
  @Test
  void looksWithoutTheLock_neverMissAnInodeThatChangesLists() {
    try (SystemMachine machine = new SystemMachine()) {
      PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(64));
      try (CgroupWriteback writeback =
          new CgroupWriteback(
              machine,
              pages::memory,
              WritebackSettings.DEFAULT,
              new ManualFlusher(),
              DirtyThrottle.NONE)) {
        TestVolume volume =
            new TestVolume(machine, writeback, pages, new TestDisk(machine, 1000), "disk");
        BackingDevInfo device = (BackingDevInfo) volume.device;
        race(machine, device, volume.newBareInode());
        volume.release();
      }
    }
  }

  private static void race(Machine machine, BackingDevInfo device, TestInode inode) {
    DirtyInodes inodes = device.nearest(Cgroup.ROOT).inodes();
    InodeNode node =
        new InodeNode(
            inode, device.nearest(Cgroup.ROOT), device.underWriteback(inode.superBlock()));
    move(inodes, node, inodes.dirty);
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong looks = new AtomicLong();
    AtomicLong missed = new AtomicLong();
    Task reader =
        machine.spawn(
            "reader",
            TaskKind.USER,
            () -> {
              long count = 0;
              while (count < MOST_LOOKS && (!done.get() || count == 0)) {
                count++;
                if (!inodes.anyAwaiting() || inodes.count() == 0) {
                  missed.incrementAndGet();
                }
              }
              looks.set(count);
            });
    InodeList[] lists = {inodes.io, inodes.moreIo, inodes.dirty};
    for (int i = 0; i < MOVES; i++) {
      move(inodes, node, lists[i % lists.length]);
    }
    done.set(true);
    reader.join();
    inodes.lock();
    inodes.remove(node);
    inodes.unlock();
    assertThat(missed).as("of %d looks found no inode", looks.get()).hasValue(0);
    assertThat(inodes.anyAwaiting()).isFalse();
  }

  private static void move(DirtyInodes inodes, InodeNode node, InodeList target) {
    inodes.lock();
    try {
      boolean unused = inodes.move(node, target);
    } finally {
      inodes.unlock();
    }
  }
}
