package dev.sekiso.lab.report;

import dev.sekiso.stack.GroupCounters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What happened in a control group and those below it during a run, by the kernel's names.
 *
 * @param memory {@code memory.stat}: sizes in bytes as they are at the end, events of the run
 * @param devices {@code io.stat} of the run, by device
 */
public record GroupReport(Map<String, Long> memory, Map<String, Map<String, Long>> devices) {

  /** What there is of something, not how often it happened. */
  private static final Set<String> SIZES =
      Set.of(
          "file",
          "file_dirty",
          "file_writeback",
          "inactive_file",
          "active_file",
          "unevictable",
          "slab");

  /**
   * The difference of two moments.
   *
   * @param before null when the group was not there
   */
  static GroupReport of(GroupCounters before, GroupCounters after) {
    Map<String, Long> memory = new LinkedHashMap<>(after.memoryStat());
    Map<String, Map<String, Long>> devices = new LinkedHashMap<>(after.ioStat());
    if (before != null) {
      Map<String, Long> old = before.memoryStat();
      memory.replaceAll(
          (name, value) -> SIZES.contains(name) ? value : value - old.getOrDefault(name, 0L));
      Map<String, Map<String, Long>> oldDevices = before.ioStat();
      devices.replaceAll((name, stat) -> difference(oldDevices.getOrDefault(name, Map.of()), stat));
    }
    return new GroupReport(memory, devices);
  }

  private static Map<String, Long> difference(Map<String, Long> before, Map<String, Long> after) {
    Map<String, Long> difference = new LinkedHashMap<>(after);
    difference.replaceAll((name, value) -> value - before.getOrDefault(name, 0L));
    return difference;
  }
}
