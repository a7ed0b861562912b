package dev.sekiso.pagecache;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a memory control group and those below it have and have done; in pages of 4096 bytes unless
 * named otherwise. Each figure is right by itself; together they are a snapshot only at rest.
 *
 * @param current charged, index nodes included ({@code memory.current})
 * @param file resident pages of files
 * @param fileDirty of those, changed and not yet under writeback
 * @param fileWriteback of those, being written
 * @param inactiveFile of those, which have not proved their worth to the policy yet
 * @param activeFile of those, which have
 * @param unevictable of those, which reclaim has found locked into memory and looks at no more
 * @param workingsetRefault pages that came back and left a shadow when they were evicted
 * @param workingsetActivate of those, recognised as recent
 * @param pgactivate pages promoted
 * @param pgscan pages that reclaim looked at
 * @param pgsteal pages that reclaim evicted
 * @param eventsLow times reclaim took from the group below its {@code low}
 * @param eventsHigh times a task reclaimed because of {@code high}
 * @param eventsMax times a charge met {@code max}
 * @param eventsOutOfMemory times a charge failed
 */
public record MemoryGroupStatistics(
    long current,
    long file,
    long fileDirty,
    long fileWriteback,
    long inactiveFile,
    long activeFile,
    long unevictable,
    long workingsetRefault,
    long workingsetActivate,
    long pgactivate,
    long pgscan,
    long pgsteal,
    long eventsLow,
    long eventsHigh,
    long eventsMax,
    long eventsOutOfMemory) {

  /** The figures by the names of {@code memory.stat}: sizes in bytes, events as they are. */
  public Map<String, Long> asMemoryStat() {
    Map<String, Long> stat = new LinkedHashMap<>();
    stat.put("file", bytes(file));
    stat.put("file_dirty", bytes(fileDirty));
    stat.put("file_writeback", bytes(fileWriteback));
    stat.put("inactive_file", bytes(inactiveFile));
    stat.put("active_file", bytes(activeFile));
    stat.put("unevictable", bytes(unevictable));
    stat.put("slab", bytes(current - file));
    stat.put("workingset_refault_file", workingsetRefault);
    stat.put("workingset_activate_file", workingsetActivate);
    stat.put("pgactivate", pgactivate);
    stat.put("pgscan", pgscan);
    stat.put("pgsteal", pgsteal);
    return stat;
  }

  private static long bytes(long pages) {
    return pages << PageCache.PAGE_SHIFT;
  }
}
