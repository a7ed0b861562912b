package dev.sekiso.pagecache;

/**
 * A page cache's memory, in pages of 4096 bytes.
 *
 * @param total frames there are
 * @param free frames holding nothing
 * @param reserved free frames that ordinary allocation leaves alone ({@code totalreserve_pages})
 * @param file frames holding pages of files, active and inactive
 * @param dirty pages changed and not yet under writeback
 * @param writeback pages being written
 */
public record MemoryStatus(
    long total, long free, long reserved, long file, long dirty, long writeback) {

  /** Pages that may become dirty: free minus reserves plus file pages. */
  public long dirtyable() {
    return Math.max(0, free - reserved) + file;
  }
}
