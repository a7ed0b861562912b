package dev.sekiso.stack;

import dev.sekiso.blockdev.GroupIo;
import dev.sekiso.pagecache.MemoryGroupStatistics;
import dev.sekiso.writeback.GroupStatistics;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a control group and those below it have and have done.
 *
 * @param memory in the page cache
 * @param writeback dirty pages, their limits, and what flushers of its own did
 * @param devices what was asked of each device that did anything for it, by the device's name
 */
public record GroupCounters(
    MemoryGroupStatistics memory, GroupStatistics writeback, Map<String, GroupIo> devices) {

  public GroupCounters {
    devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
  }

  /** By the names of {@code memory.stat}: sizes in bytes, events as they are. */
  public Map<String, Long> memoryStat() {
    return memory.asMemoryStat();
  }

  /** As {@code io.stat} has it: by device, and then by its names. */
  public Map<String, Map<String, Long>> ioStat() {
    Map<String, Map<String, Long>> stat = new LinkedHashMap<>();
    devices.forEach((name, io) -> stat.put(name, io.asIoStat()));
    return stat;
  }
}
