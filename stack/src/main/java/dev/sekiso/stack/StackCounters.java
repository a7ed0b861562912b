package dev.sekiso.stack;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCacheCounters;
import dev.sekiso.writeback.BdiStatistics;
import dev.sekiso.writeback.WritebackCounters;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What all layers of a stack have counted up to one moment. Each layer's figures are consistent in
 * themselves as that layer says; between layers a running stack may have moved on.
 *
 * @param nanos the machine's time of the snapshot
 * @param pageCache the page cache's counts
 * @param memory the page cache's memory
 * @param writeback dirty pages and thresholds, all devices together
 * @param backingDevices writeback per device and control group
 * @param devices each device's counts, by name, those below others included
 * @param groups each control group's, by path, those above before those below; without the root
 */
public record StackCounters(
    long nanos,
    PageCacheCounters pageCache,
    MemoryStatus memory,
    WritebackCounters writeback,
    List<BdiStatistics> backingDevices,
    Map<String, DeviceCounters> devices,
    Map<String, GroupCounters> groups) {

  public StackCounters {
    backingDevices = List.copyOf(backingDevices);
    devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
    groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
  }

  /**
   * The counts that {@code /proc/vmstat} has, by its names, in pages but for {@code pgpgin} and
   * {@code pgpgout}, which are KiB that devices have read and written.
   */
  public Map<String, Long> vmstat() {
    Map<String, Long> vmstat = new LinkedHashMap<>();
    vmstat.put("nr_free_pages", memory.free());
    vmstat.put("nr_file_pages", memory.file());
    vmstat.putAll(writeback.asVmstat());
    vmstat.put("workingset_refault_file", pageCache.refaulted());
    vmstat.put("pgactivate", pageCache.activated());
    vmstat.put("pgsteal_kswapd", pageCache.backgroundReclaims());
    vmstat.put("pgsteal_direct", pageCache.evicted() - pageCache.backgroundReclaims());
    vmstat.put("allocstall", pageCache.directReclaims());
    vmstat.put("pgpgin", kibibytes(DeviceCounters::readSectors));
    vmstat.put("pgpgout", kibibytes(DeviceCounters::writeSectors));
    return vmstat;
  }

  private long kibibytes(ToLongFunction<DeviceCounters> sectors) {
    return devices.entrySet().stream()
            .filter(device -> !isBelowAnother(device.getKey()))
            .mapToLong(device -> sectors.applyAsLong(device.getValue()))
            .sum()
        / 2;
  }

  /** {@code sda-0} is below {@code sda}. */
  private boolean isBelowAnother(String name) {
    int dash = name.lastIndexOf('-');
    return dash > 0 && devices.containsKey(name.substring(0, dash));
  }
}
