package dev.sekiso.pagecache;

import java.util.function.BooleanSupplier;

/**
 * What to write, how much, and how (the kernel's {@code writeback_control}). Belongs to one caller
 * at a time; the page cache counts it down.
 */
public final class WritebackControl {

  /** Whether the writer insists. */
  public enum SyncMode {
    /** Write what is easily written; skip what is busy ({@code WB_SYNC_NONE}). */
    NONE,
    /** Data integrity: every page dirty at the start is written ({@code WB_SYNC_ALL}). */
    ALL
  }

  private static final BooleanSupplier GO_ON = () -> false;
  private static final BooleanSupplier STOPPED = () -> true;

  private enum Manner {
    CALL,
    ROUND,
    TAGGED
  }

  private final SyncMode syncMode;
  private final long firstByte;
  private final long lastByte;
  private final Manner manner;
  private BooleanSupplier stop;
  private long pagesLeft;
  private long pagesSkipped;

  private WritebackControl(
      SyncMode syncMode, long firstByte, long lastByte, long pages, Manner manner) {
    this(syncMode, firstByte, lastByte, pages, manner, GO_ON);
  }

  private WritebackControl(
      SyncMode syncMode,
      long firstByte,
      long lastByte,
      long pages,
      Manner manner,
      BooleanSupplier stop) {
    this.stop = stop;
    this.syncMode = syncMode;
    this.firstByte = firstByte;
    this.lastByte = lastByte;
    this.pagesLeft = pages;
    this.manner = manner;
  }

  /** Writes and insists: every page of the byte range that is dirty now. */
  public static WritebackControl integrity(long firstByte, long lastByte) {
    return new WritebackControl(SyncMode.ALL, firstByte, lastByte, Long.MAX_VALUE, Manner.CALL);
  }

  /** Insists, but on no page: for what is kept of a file besides its pages. */
  public static WritebackControl noPages() {
    return new WritebackControl(SyncMode.ALL, 0, Long.MAX_VALUE, 0, Manner.CALL);
  }

  /** Starts writing a byte range without insisting ({@code filemap_flush}). */
  public static WritebackControl start(long firstByte, long lastByte) {
    return new WritebackControl(SyncMode.NONE, firstByte, lastByte, Long.MAX_VALUE, Manner.CALL);
  }

  /** A flusher's round over a whole file: up to so many pages. */
  public static WritebackControl flusher(SyncMode mode, long pages) {
    return new WritebackControl(mode, 0, Long.MAX_VALUE, pages, Manner.ROUND);
  }

  /** The same, until somebody says that it must not go on: asked before each page. */
  public static WritebackControl flusher(SyncMode mode, long pages, BooleanSupplier stop) {
    return new WritebackControl(mode, 0, Long.MAX_VALUE, pages, Manner.ROUND, stop);
  }

  /**
   * A flusher's start of a sync: every page of a whole file that is dirty now and not busy, marked
   * first, so that who goes on dirtying does not keep it from ending ({@code tagged_writepages}).
   */
  public static WritebackControl tagged() {
    return new WritebackControl(SyncMode.NONE, 0, Long.MAX_VALUE, Long.MAX_VALUE, Manner.TAGGED);
  }

  public SyncMode syncMode() {
    return syncMode;
  }

  /** Whether every page of the range is written, however busy. */
  boolean insists() {
    return syncMode == SyncMode.ALL;
  }

  public long firstByte() {
    return firstByte;
  }

  public long lastByte() {
    return lastByte;
  }

  /** Whether the whole file is meant, so that the next round may go on where this one ended. */
  public boolean isCyclic() {
    return manner == Manner.ROUND;
  }

  /** Whether the pages dirty at the start are marked, and only those written. */
  public boolean isTagged() {
    return syncMode == SyncMode.ALL || manner == Manner.TAGGED;
  }

  /** Whether a flusher writes, so that the device may give way to other I/O. */
  public boolean isBackground() {
    return manner != Manner.CALL && syncMode == SyncMode.NONE;
  }

  /** Pages that may still be written; integrity writes ignore it. */
  public long pagesLeft() {
    return pagesLeft;
  }

  /** Whether it must not go on, although there may be pages left. */
  boolean mustStop() {
    if (stop.getAsBoolean()) {
      stop = STOPPED;
    }
    return stopped();
  }

  /** Whether it ended before its time. */
  public boolean stopped() {
    return stop == STOPPED;
  }

  public void pagesWritten(int pages) {
    pagesLeft -= pages;
  }

  /** Pages that were dirty but could not be written now. */
  public long pagesSkipped() {
    return pagesSkipped;
  }

  public void skipped(int pages) {
    pagesSkipped += pages;
  }
}
