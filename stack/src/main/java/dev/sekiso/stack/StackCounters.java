package dev.sekiso.stack;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCacheCounters;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What all layers of a stack have counted up to one moment. Each layer's figures are consistent in
 * themselves as that layer says; between layers a running stack may have moved on.
 *
 * @param nanos the machine's time of the snapshot
 * @param pageCache the page cache's counts
 * @param memory the page cache's memory
 * @param devices each device's counts, by name
 */
public record StackCounters(
    long nanos,
    PageCacheCounters pageCache,
    MemoryStatus memory,
    Map<String, DeviceCounters> devices) {

  public StackCounters {
    devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
  }
}
