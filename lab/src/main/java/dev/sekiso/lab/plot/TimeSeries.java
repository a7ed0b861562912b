package dev.sekiso.lab.plot;

import java.util.List;

/**
 * Samples of a run, in the order of time.
 *
 * @param writers names of the jobs that write, one per number in {@link Sample#written}; the last
 *     may stand for several
 */
public record TimeSeries(List<String> writers, List<Sample> samples) {

  /**
   * How things stood at one moment. Amounts are pages of 4 KiB.
   *
   * @param nanos since the jobs began
   * @param dirty dirty and not yet being written
   * @param writeback being written
   * @param background from here flushers write on their own
   * @param limit may be dirty at most
   * @param cleaned written back since the stack was built
   * @param written bytes that each writer has written so far
   */
  public record Sample(
      long nanos,
      long dirty,
      long writeback,
      long background,
      long limit,
      long cleaned,
      List<Long> written) {

    public Sample {
      written = List.copyOf(written);
    }

    /** Where a throttle of the kernel's kind wants dirty pages: midway from freerun to limit. */
    public long setpoint() {
      return ((background + limit) / 2 + limit) / 2;
    }
  }

  public TimeSeries {
    writers = List.copyOf(writers);
    samples = List.copyOf(samples);
  }
}
