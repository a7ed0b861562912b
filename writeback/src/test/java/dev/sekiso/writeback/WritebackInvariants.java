package dev.sekiso.writeback;

import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheInvariants;
import dev.sekiso.vfs.Inode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks at a writeback layer at rest, and at the page cache it serves: an inode is on exactly the
 * list its flags call for, and the counts of dirty pages of inodes, groups, devices and all are
 * those of the page cache. At rest nobody writes: no work is queued, no page under writeback.
 * {@link WriteThrough} at rest has nothing dirty at all.
 */
public final class WritebackInvariants implements InvariantCheck {

  private final Writeback writeback;
  private final PageCache cache;
  private final List<String> found = new ArrayList<>();

  private WritebackInvariants(Writeback writeback, PageCache cache) {
    this.writeback = writeback;
    this.cache = cache;
  }

  public static InvariantCheck of(Writeback writeback, PageCache cache) {
    return new WritebackInvariants(writeback, cache);
  }

  @Override
  public synchronized List<String> violations() {
    found.clear();
    WritebackCounters counters = writeback.counters();
    expect(counters.nrWriteback() == 0, counters.nrWriteback() + " pages under writeback");
    switch (writeback) {
      case CgroupWriteback real -> checkLists(real, counters);
      case WriteThrough _ -> checkNothingDirty(counters);
      default ->
          throw new IllegalArgumentException("no writeback layer of this module: " + writeback);
    }
    return List.copyOf(found);
  }

  private void checkNothingDirty(WritebackCounters counters) {
    expect(counters.nrDirty() == 0, counters.nrDirty() + " pages dirty under write-through");
    for (BdiStatistics device : writeback.devices()) {
      expect(
          device.bdiReclaimable() == 0,
          device.bdiReclaimable() + " pages of " + device.device() + " dirty under write-through");
      expect(
          device.bDirty() == 0,
          device.bDirty() + " inodes of " + device.device() + " dirty under write-through");
    }
    for (AddressSpace mapping : PageCacheInvariants.addressSpaces(cache)) {
      expect(mapping.dirtyPages() == 0 || !isCounted(mapping), "dirty pages stay in " + mapping);
    }
  }

  /** Whether its pages are on a device of the layer, and so among those it counts. */
  private static boolean isCounted(AddressSpace mapping) {
    return mapping.host() instanceof Inode inode
        && (inode.superBlock().backingDevice() instanceof BackingDevInfo
            || inode.superBlock().backingDevice() instanceof WriteThroughDevice);
  }

  private void checkLists(CgroupWriteback layer, WritebackCounters counters) {
    Map<BdiWriteback, Long> dirty = new HashMap<>();
    long all = 0;
    for (AddressSpace mapping : PageCacheInvariants.addressSpaces(cache)) {
      if (isCounted(mapping)) {
        InodeNode node = InodeTracker.find((Inode) mapping.host());
        if (node != null) {
          dirty.merge(node.writeback, mapping.dirtyPages(), Long::sum);
        }
        all += mapping.dirtyPages();
        checkPages(mapping, node);
      }
    }
    expect(
        counters.nrDirty() == all, counters.nrDirty() + " dirty pages counted, there are " + all);
    for (BackingDevInfo device : layer.attached()) {
      for (BdiWriteback group : device.writebacks()) {
        check(group, dirty.getOrDefault(group, 0L));
      }
    }
  }

  private void checkPages(AddressSpace mapping, InodeNode node) {
    long pages = mapping.dirtyPages();
    if (node == null) {
      expect(pages == 0, pages + " dirty pages of an inode nobody was told of: " + mapping);
      return;
    }
    expect(
        node.dirtyPages() == pages,
        node.dirtyPages() + " dirty pages counted, there are " + pages + ", of " + node);
    expect(pages == 0 || node.list != null, pages + " dirty pages, but on no list: " + node);
    expect(
        pages == 0 || (node.flags & Inode.DIRTY_PAGES) != 0,
        pages + " dirty pages, but not marked so: " + node);
  }

  private void check(BdiWriteback writebackOfGroup, long dirtyPages) {
    expect(
        writebackOfGroup.reclaimable() == dirtyPages,
        writebackOfGroup.reclaimable()
            + " dirty pages counted, there are "
            + dirtyPages
            + ", of the "
            + writebackOfGroup);
    expect(writebackOfGroup.writeback() == 0, "pages under writeback of the " + writebackOfGroup);
    expect(!writebackOfGroup.isWriting(), "writes at rest: the " + writebackOfGroup);
    expect(!writebackOfGroup.hasQueuedWork(), "work is queued at rest for the " + writebackOfGroup);
    DirtyInodes inodes = writebackOfGroup.inodes();
    inodes.lock();
    try {
      int awaiting = 0;
      for (InodeList list : List.of(inodes.dirty, inodes.io, inodes.moreIo)) {
        awaiting += walk(writebackOfGroup, list);
      }
      int all = awaiting + walk(writebackOfGroup, inodes.dirtyTime);
      expect(
          inodes.anyAwaiting() == (awaiting > 0) && inodes.count() == all,
          inodes.count() + " inodes counted, there are " + all + ", of the " + writebackOfGroup);
    } finally {
      inodes.unlock();
    }
  }

  /** Goes along a list from the newest, and counts. */
  private int walk(BdiWriteback owner, InodeList list) {
    int count = 0;
    InodeNode newer = null;
    DirtyInodes lists = owner.inodes();
    for (InodeNode node = list.newest(); node != null; node = node.older) {
      count++;
      expect(node.list == list, "on " + list + ", but thinks it is on " + node.list + ": " + node);
      expect(node.newer == newer, "a broken link on " + list + ": " + node);
      expect(node.writeback == owner, "on " + list + " of the wrong " + owner + ": " + node);
      expect(
          node.queued == (list == lists.io || list == lists.moreIo),
          "queued is " + node.queued + " on " + list + ": " + node);
      expect((node.flags & InodeNode.DIRTY_ALL) != 0, "clean, but on " + list + ": " + node);
      expect(
          list != lists.dirtyTime || (node.flags & InodeNode.DIRTY) == 0,
          "more than times are dirty, but on " + list + ": " + node);
      expect(!node.syncing, "being written at rest: " + node);
      expect(!node.freeing, "leaves memory, but is on " + list + ": " + node);
      expect(
          list != lists.dirty || newer == null || newer.dirtiedOrder >= node.dirtiedOrder,
          "younger than its younger neighbour on " + list + ": " + node);
      newer = node;
    }
    expect(list.size() == count, "holds " + count + ": " + list);
    return count;
  }

  private void expect(boolean holds, String what) {
    if (!holds) {
      found.add(what);
    }
  }
}
