package dev.sekiso.pagecache.readahead;

/**
 * What a readahead policy can ask and do about one file, in pages. Lives for one decision. Pages
 * found cached may be gone a moment later, and the other way round.
 */
public interface ReadaheadWindow {

  /** Whether large folios are on, so that the order a policy wishes for has an effect. */
  boolean largeFolios();

  /** Whether the device has more to do than it likes ({@code blk_cgroup_congested}). */
  boolean congested();

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
   * where frames run out.
   *
   * @param lookahead pages from the end of the range at which the readahead mark is set on the
   *     folio (if it was not cached before); 0 for none
   */
  void load(long first, long pages, long lookahead);
}
