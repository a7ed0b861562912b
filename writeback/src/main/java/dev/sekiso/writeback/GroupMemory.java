package dev.sekiso.writeback;

import dev.sekiso.pagecache.MemoryGroup;

/**
 * The memory of a control group as writeback has to know it ({@code mem_cgroup_wb_stats}), in pages
 * of 4096 bytes; of the group and those below it together. From any context, without waiting.
 */
public interface GroupMemory {

  /** Resident pages of files charged to it. */
  long filePages();

  /** Pages that could still be charged before a limit of it, or of a group above it, is met. */
  long headroom();

  /** Pages charged to it that are dirty and not under writeback. */
  long dirtyPages();

  /** Pages charged to it that are being written. */
  long writebackPages();

  /** What the page cache charges to a group. */
  static GroupMemory of(MemoryGroup group) {
    return new GroupMemory() {
      @Override
      public long filePages() {
        return group.filePages();
      }

      @Override
      public long headroom() {
        return group.headroom();
      }

      @Override
      public long dirtyPages() {
        return group.dirtyPages();
      }

      @Override
      public long writebackPages() {
        return group.writebackPages();
      }
    };
  }
}
