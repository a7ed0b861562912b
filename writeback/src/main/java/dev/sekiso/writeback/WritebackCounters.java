package dev.sekiso.writeback;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How writeback stands over all devices, in pages; the components are those of {@code
 * /proc/vmstat}.
 *
 * @param nrDirty dirty and not yet being written
 * @param nrWriteback being written
 * @param nrDirtied went from clean to dirty since the beginning
 * @param nrWritten written since the beginning
 * @param nrDirtyThreshold may be dirty at most
 * @param nrDirtyBackgroundThreshold from here flushers write on their own
 */
public record WritebackCounters(
    long nrDirty,
    long nrWriteback,
    long nrDirtied,
    long nrWritten,
    long nrDirtyThreshold,
    long nrDirtyBackgroundThreshold) {

  /** By the names and in the order of {@code /proc/vmstat}. */
  public Map<String, Long> asVmstat() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("nr_dirty", nrDirty);
    map.put("nr_writeback", nrWriteback);
    map.put("nr_dirtied", nrDirtied);
    map.put("nr_written", nrWritten);
    map.put("nr_dirty_threshold", nrDirtyThreshold);
    map.put("nr_dirty_background_threshold", nrDirtyBackgroundThreshold);
    return map;
  }
}
