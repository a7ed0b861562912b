package dev.sekiso.pagecache;

/** Whether a page cache makes folios of more than one page where a file system can use them. */
public enum LargeFolios {
  /** Readahead and large writes make large folios. */
  ON,
  /** Every folio is one page. */
  OFF
}
