package dev.sekiso.pagecache;

/**
 * Free frames at which things happen, computed as the kernel does ({@code init_per_zone_wmark_min},
 * {@code __setup_per_zone_wmarks}) but never more than 1/16 of a small cache for the first.
 *
 * @param min below it a task that needs a frame reclaims itself
 * @param low below it the background reclaimer is woken
 * @param high up to it the background reclaimer works
 */
record Watermarks(int min, int low, int high) {

  /** The kernel's smallest and largest {@code min_free_kbytes}. */
  private static final long LEAST_KIB = 128;

  private static final long MOST_KIB = 262_144;

  static Watermarks of(int frames, int scaleFactor) {
    long kib = frames * 4L;
    long minKib = Math.clamp((long) Math.sqrt(kib * 16.0), LEAST_KIB, MOST_KIB);
    int min = (int) Math.max(1, Math.min(minKib / 4, frames / 16));
    int distance = (int) Math.max(Math.max(1, min / 4), (long) frames * scaleFactor / 10_000);
    int low = Math.min(min + distance, frames / 4);
    return new Watermarks(min, low, Math.min(low + distance, frames / 2));
  }
}
