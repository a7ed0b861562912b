package dev.sekiso.pagecache;

/**
 * What a page cache has done since it was made, in pages unless named otherwise.
 *
 * @param hits pages found up to date at the first look of a read or fault
 * @param misses pages that had to be brought in, or waited for
 * @param added pages that became resident
 * @param evicted pages that reclaim removed
 * @param invalidated pages removed by truncation, invalidation or dropping
 * @param refaulted pages that came back and were recognised as recently evicted
 * @param activated pages that replacement promoted
 * @param readaheadPages pages brought in before anybody asked for them
 * @param readaheadUsed of those, pages that were used afterwards
 * @param readaheadWasted of those, pages that left without having been used
 * @param dirtied pages that went from clean to dirty
 * @param written pages whose writeback has ended
 * @param readErrors pages whose read failed
 * @param writeErrors pages whose writeback failed
 * @param directReclaims times a task had to reclaim frames itself
 * @param backgroundReclaims pages freed by the background reclaimer
 * @param reclaimWritten dirty pages that reclaim wrote itself ({@code nr_vmscan_write})
 */
public record PageCacheCounters(
    long hits,
    long misses,
    long added,
    long evicted,
    long invalidated,
    long refaulted,
    long activated,
    long readaheadPages,
    long readaheadUsed,
    long readaheadWasted,
    long dirtied,
    long written,
    long readErrors,
    long writeErrors,
    long directReclaims,
    long backgroundReclaims,
    long reclaimWritten) {}
