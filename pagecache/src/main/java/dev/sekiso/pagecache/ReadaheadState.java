package dev.sekiso.pagecache;

/**
 * The readahead of one open file (the kernel's {@code file_ra_state}): which window was read last
 * and how large it may become. The readahead policy alone interprets the window.
 *
 * <p>Written without a lock, as in the kernel: two tasks reading through one open file may confuse
 * each other's windows, which costs speed, never data.
 */
public final class ReadaheadState {

  /** First page of the current window. */
  public long start;

  /** Pages in the current window. */
  public int size;

  /** Pages from the window's end at which the next window is started. */
  public int asyncSize;

  /** Folio order the policy wishes for. */
  public int order;

  /** Largest window in pages; 0 turns readahead off. */
  public int maximumPages;

  /** What {@link #maximumPages} is for this device unless advice changes it. */
  public final int deviceMaximumPages;

  /**
   * Pages the device likes to get in one request ({@code io_pages}): a request larger than the
   * window may grow to this.
   */
  public final int devicePreferredPages;

  /** Misses of mapping faults, up and down. */
  public int mmapMisses;

  /** Byte position just after the previous read, -1 when there was none. */
  public long previousPosition = -1;

  /** Whether {@link Advice#RANDOM} is in force. */
  public boolean random;

  /** Whether {@link Advice#NO_REUSE} is in force. */
  public boolean noReuse;

  /** Last page the two-window policy was asked about, −1 before the first. */
  public long previousPage = -1;

  /** Ahead window of the two-window policy: first page. */
  public long aheadStart;

  /** Ahead window of the two-window policy: pages. */
  public int aheadSize;

  /** Flags private to the policy. */
  public int flags;

  /** A count private to the policy: consecutive pages found cached. */
  public int cacheHits;

  /**
   * For a device that prefers no larger requests than the window.
   *
   * @param maximumPages largest window in pages, usually the device's
   */
  public ReadaheadState(int maximumPages) {
    this(maximumPages, maximumPages);
  }

  /**
   * @param maximumPages largest window in pages, the device's {@code read_ahead_kb} / 4
   * @param preferredPages what the device likes to get at once, its {@code max_sectors_kb} / 4
   */
  public ReadaheadState(int maximumPages, int preferredPages) {
    if (maximumPages < 0 || preferredPages < 0) {
      throw new IllegalArgumentException(
          "readahead of " + maximumPages + " and " + preferredPages + " pages: not below 0");
    }
    this.maximumPages = maximumPages;
    this.deviceMaximumPages = maximumPages;
    this.devicePreferredPages = preferredPages;
  }
}
