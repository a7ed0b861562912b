package dev.sekiso.pagecache;

import dev.sekiso.pagecache.readahead.OnDemandReadahead;
import dev.sekiso.pagecache.readahead.ReadaheadPolicy;
import dev.sekiso.pagecache.replacement.ActiveInactive;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.Objects;

/**
 * How a page cache is made. Immutable; start from {@link #ofPages} and change what differs.
 *
 * @param capacityPages frames of 4096 bytes, at least {@link #MINIMUM_PAGES}
 * @param replacement makes the policy that decides what leaves
 * @param readahead the policy that decides what comes ahead of time
 * @param watermarkScaleFactor distance of the background reclaimer's marks in 1/10000 of the
 *     capacity, 1 to 3000 ({@code /proc/sys/vm/watermark_scale_factor})
 * @param largeFolios whether folios may have more than one page
 * @param copyNanosPerPage processor time that copying one page takes on a simulated machine; 0 for
 *     none. About 400 is what copying a random page costs on a processor with memory of 10 GB/s
 * @param reclaimWrites whether reclaim writes dirty pages itself
 */
public record PageCacheSettings(
    int capacityPages,
    ReplacementPolicy.Factory replacement,
    ReadaheadPolicy readahead,
    int watermarkScaleFactor,
    LargeFolios largeFolios,
    long copyNanosPerPage,
    ReclaimWrites reclaimWrites) {

  /** Whether reclaim writes dirty pages itself. */
  public enum ReclaimWrites {
    /** It asks the flushers (since Linux 6.16). */
    NEVER,
    /** The background reclaimer writes what it meets, one page at a time (Linux 3.2 to 6.15). */
    BACKGROUND,
    /**
     * So do tasks that need memory to write to a file, as long as the device is not congested
     * (Linux 2.6). There, tasks that read do, too; here they leave it to the background reclaimer,
     * because they may hold pages that they read ahead.
     */
    WRITERS
  }

  /** Fewer frames could not hold what one call needs at a time. */
  public static final int MINIMUM_PAGES = 16;

  /** The kernel's default: marks 0.1 % of memory apart. */
  public static final int DEFAULT_WATERMARK_SCALE_FACTOR = 10;

  public PageCacheSettings {
    Objects.requireNonNull(replacement, "replacement");
    Objects.requireNonNull(readahead, "readahead");
    Objects.requireNonNull(reclaimWrites, "reclaimWrites");
    Objects.requireNonNull(largeFolios, "largeFolios");
    if (capacityPages < MINIMUM_PAGES) {
      throw new IllegalArgumentException(
          "a page cache of "
              + capacityPages
              + " pages cannot work; give it at least "
              + MINIMUM_PAGES);
    }
    if (watermarkScaleFactor < 1 || watermarkScaleFactor > 3000) {
      throw new IllegalArgumentException(
          "watermark scale factor " + watermarkScaleFactor + " is not within 1 to 3000");
    }
    if (copyNanosPerPage < 0) {
      throw new IllegalArgumentException("copying a page cannot take " + copyNanosPerPage + " ns");
    }
  }

  /** Linux 6.18's choices for so many pages. */
  public static PageCacheSettings ofPages(int capacityPages) {
    return new PageCacheSettings(
        capacityPages,
        ActiveInactive::new,
        new OnDemandReadahead(),
        DEFAULT_WATERMARK_SCALE_FACTOR,
        LargeFolios.ON,
        0,
        ReclaimWrites.NEVER);
  }

  public PageCacheSettings withReplacement(ReplacementPolicy.Factory policy) {
    return with(
        policy, readahead, watermarkScaleFactor, largeFolios, copyNanosPerPage, reclaimWrites);
  }

  public PageCacheSettings withReadahead(ReadaheadPolicy policy) {
    return with(
        replacement, policy, watermarkScaleFactor, largeFolios, copyNanosPerPage, reclaimWrites);
  }

  public PageCacheSettings withWatermarkScaleFactor(int factor) {
    return with(replacement, readahead, factor, largeFolios, copyNanosPerPage, reclaimWrites);
  }

  public PageCacheSettings withLargeFolios(LargeFolios choice) {
    return with(
        replacement, readahead, watermarkScaleFactor, choice, copyNanosPerPage, reclaimWrites);
  }

  public PageCacheSettings withCopyNanosPerPage(long nanos) {
    return with(replacement, readahead, watermarkScaleFactor, largeFolios, nanos, reclaimWrites);
  }

  public PageCacheSettings withReclaimWrites(ReclaimWrites choice) {
    return with(
        replacement, readahead, watermarkScaleFactor, largeFolios, copyNanosPerPage, choice);
  }

  private PageCacheSettings with(
      ReplacementPolicy.Factory newReplacement,
      ReadaheadPolicy newReadahead,
      int newScaleFactor,
      LargeFolios newLargeFolios,
      long newCopyNanos,
      ReclaimWrites newReclaimWrites) {
    return new PageCacheSettings(
        capacityPages,
        newReplacement,
        newReadahead,
        newScaleFactor,
        newLargeFolios,
        newCopyNanos,
        newReclaimWrites);
  }
}
