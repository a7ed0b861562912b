package dev.sekiso.lab.fidelity;

/** One thing that is compared of an operation. Each has a share of its own. */
public enum Aspect {
  RETURN("return value", "return_value"),
  ADDED("pages added", "pages_added"),
  REMOVED("pages removed", "pages_removed"),
  COUNTS("cached, dirty, under writeback", "page_counts"),
  SIZE("file size", "file_size"),
  READAHEAD("readahead decisions", "readahead_decisions"),
  REQUESTS("block requests", "block_requests"),
  BIOS("bios", "bios"),
  RESULTS("results of asynchronous I/O", "asynchronous_results"),
  MAPPINGS("mapping events", "mapping_events"),
  FAULTS("faults", "faults"),
  FOLIOS("large folios", "large_folios"),
  /** Of periodic writeback: each first write of a file within one interval of the kernel's. */
  WRITEBACK_TIME("time of periodic writeback", "writeback_time"),
  /** Of page replacement: each hit ratio within one percentage point of the kernel's. */
  HIT_RATIO("hit ratio", "hit_ratio");

  private final String title;
  private final String key;

  Aspect(String title, String key) {
    this.title = title;
    this.key = key;
  }

  /** For people. */
  public String title() {
    return title;
  }

  /** For programs. */
  public String key() {
    return key;
  }
}
