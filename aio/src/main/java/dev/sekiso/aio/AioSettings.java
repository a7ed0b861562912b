package dev.sekiso.aio;

/**
 * Sizes of a {@link WorkerEngine}.
 *
 * @param workers most worker tasks at one time; they are started when there is work for them
 * @param inFlight most transfers submitted and not ended; one more is refused with EAGAIN
 */
public record AioSettings(int workers, int inFlight) {

  /**
   * 20 workers, as the C library's {@code aio_threads}, and 65,536 transfers, as the kernel's
   * {@code /proc/sys/fs/aio-max-nr}.
   */
  public static final AioSettings DEFAULT = new AioSettings(20, 65_536);

  public AioSettings {
    if (workers < 1) {
      throw new IllegalArgumentException("at least 1 worker is needed, not " + workers);
    }
    if (inFlight < 1) {
      throw new IllegalArgumentException("at least 1 transfer must be allowed, not " + inFlight);
    }
  }
}
