package dev.sekiso.pagecache.readahead;

/**
 * What a readahead policy can ask and do about one file, in pages. Lives for one decision. Pages
 * found cached may be gone a moment later, and the other way round.
 */
public interface ReadaheadWindow {

  /** Largest order of the file's folios; 0 when large folios are off for it. */
  int maximumOrder();

  /** Whether the device's queue is nearly full of reads ({@code bdi_read_congested}). */
  boolean congested();

  /** Whether the task's control group is held back at the device ({@code blk_cgroup_congested}). */
  boolean throttled();

  /** The first page in [from, from + limit) that is not cached, from + limit if all are. */
  long nextMiss(long from, long limit);

  /**
   * The last page in (from − limit, from] not cached, from − limit if all are; −1 before page 0.
   */
  long previousMiss(long from, long limit);

  /** Tells the trace what window was chosen ({@code readahead:page_cache_ra_order}). */
  void chose(long start, int size, int asyncSize, int order);

  /**
   * Brings in pages that are not cached, up to the end of the file ({@code do_page_cache_ra}): gets
   * frames, inserts them and has the file system start reading; does not wait for the reads. Stops
   * where frames run out. Folios have one page each.
   *
   * @param lookahead pages from the end of the range at which the readahead mark is set on the
   *     folio (if it was not cached before); 0 for none
   * @return pages whose reading has been started; 0 when all were cached or no frame was free
   */
  long load(long first, long pages, long lookahead);

  /**
   * As {@link #load(long, long, long)}, in folios as large as the order allows: each is aligned to
   * its size, within the range and, but for the last page, within the file. Where something is
   * cached already or no run of frames is free, single pages follow ({@code page_cache_ra_order}).
   *
   * @param order log2 of the pages of the largest folio; at most {@link #maximumOrder}
   */
  long load(long first, long pages, long lookahead, int order);
}
