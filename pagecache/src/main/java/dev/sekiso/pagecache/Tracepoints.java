package dev.sekiso.pagecache;

import dev.sekiso.machine.Tracepoint;

/** The places where the page cache tells what it does, under the kernel's names. */
final class Tracepoints {

  static final Tracepoint ADD =
      Tracepoint.of("filemap", "mm_filemap_add_to_page_cache", "ino", "index", "order");
  static final Tracepoint DELETE =
      Tracepoint.of("filemap", "mm_filemap_delete_from_page_cache", "ino", "index", "order");
  static final Tracepoint GET_PAGES =
      Tracepoint.of("filemap", "mm_filemap_get_pages", "ino", "index", "last_index");
  static final Tracepoint FAULT = Tracepoint.of("filemap", "mm_filemap_fault", "ino", "index");
  static final Tracepoint MAP_PAGES =
      Tracepoint.of("filemap", "mm_filemap_map_pages", "ino", "index", "last_index");
  static final Tracepoint SET_ERROR =
      Tracepoint.of("filemap", "filemap_set_wb_err", "ino", "errno");
  static final Tracepoint SYNC_READAHEAD =
      Tracepoint.of(
          "readahead",
          "page_cache_sync_ra",
          "ino",
          "index",
          "req_count",
          "order",
          "size",
          "async_size",
          "ra_pages",
          "mmap_miss",
          "prev_pos");
  static final Tracepoint ASYNC_READAHEAD =
      Tracepoint.of(
          "readahead",
          "page_cache_async_ra",
          "ino",
          "index",
          "req_count",
          "order",
          "size",
          "async_size",
          "ra_pages",
          "mmap_miss",
          "prev_pos");
  static final Tracepoint READAHEAD_ORDER =
      Tracepoint.of(
          "readahead",
          "page_cache_ra_order",
          "ino",
          "index",
          "order",
          "size",
          "async_size",
          "ra_pages");
  static final Tracepoint READAHEAD_UNBOUNDED =
      Tracepoint.of(
          "readahead", "page_cache_ra_unbounded", "ino", "index", "nr_to_read", "lookahead_size");
  static final Tracepoint WAIT_WRITEBACK =
      Tracepoint.of("writeback", "folio_wait_writeback", "ino", "index");
  static final Tracepoint DIRTY =
      Tracepoint.of("writeback", "writeback_dirty_folio", "ino", "index");
  static final Tracepoint DIRECT_RECLAIM_BEGIN =
      Tracepoint.of("vmscan", "mm_vmscan_direct_reclaim_begin", "order");
  static final Tracepoint DIRECT_RECLAIM_END =
      Tracepoint.of("vmscan", "mm_vmscan_direct_reclaim_end", "nr_reclaimed");
  static final Tracepoint KSWAPD_WAKE = Tracepoint.of("vmscan", "mm_vmscan_kswapd_wake", "free");
  static final Tracepoint KSWAPD_SLEEP = Tracepoint.of("vmscan", "mm_vmscan_kswapd_sleep", "free");

  private Tracepoints() {}
}
