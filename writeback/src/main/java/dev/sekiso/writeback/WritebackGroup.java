package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;

/**
 * A control group as writeback knows it: its memory as a {@link DirtyDomain}, its weight, and the
 * writebacks of other groups that hold its dirty pages.
 */
final class WritebackGroup {

  /** {@code CGROUP_WEIGHT_DFL}. */
  static final int DEFAULT_WEIGHT = 100;

  private final CgroupWriteback layer;
  private final Cgroup cgroup;
  private final GroupMemory memory;
  private final DirtyDomain domain;
  private final ForeignDirty foreign;
  private volatile int weight = DEFAULT_WEIGHT;

  WritebackGroup(CgroupWriteback layer, Cgroup cgroup, GroupMemory memory) {
    Machine machine = layer.machine();
    this.layer = layer;
    this.cgroup = cgroup;
    this.memory = memory;
    this.domain =
        new DirtyDomain(machine, this::limits, memory::dirtyPages, memory::writebackPages);
    this.foreign = new ForeignDirty(layer);
  }

  Cgroup cgroup() {
    return cgroup;
  }

  GroupMemory memory() {
    return memory;
  }

  DirtyDomain domain() {
    return domain;
  }

  ForeignDirty foreign() {
    return foreign;
  }

  int weight() {
    return weight;
  }

  void setWeight(int value) {
    weight = value;
  }

  /**
   * The group's limits now ({@code mdtc_calc_avail}, {@code domain_dirty_limits}): the ratios of
   * its file pages and of what it may still get, as far as that is clean elsewhere. Limits in bytes
   * count as the ratio that they are of all dirtyable memory.
   */
  private DirtyLimits limits() {
    WritebackSettings settings = layer.settings();
    long global = layer.dirtyable();
    long file = memory.filePages();
    long clean = file - Math.min(file, memory.dirtyPages());
    long globalClean = global - Math.min(global, layer.domain().dirty());
    long otherClean = globalClean - Math.min(globalClean, clean);
    long available = file + Math.min(memory.headroom(), otherClean);
    return LimitRule.of(
        part(settings.dirtyBackgroundBytes(), settings.dirtyBackgroundRatio(), global, available),
        part(settings.dirtyBytes(), settings.dirtyRatio(), global, available));
  }

  private static long part(long bytes, int ratio, long global, long available) {
    if (bytes == 0) {
      return LimitRule.amount(0, ratio, available);
    }
    long pages = Math.min(LimitRule.amount(bytes, 0, 0), global);
    return global == 0 ? 0 : (long) ((double) available * pages / global);
  }

  @Override
  public String toString() {
    return "writeback of " + cgroup;
  }
}
