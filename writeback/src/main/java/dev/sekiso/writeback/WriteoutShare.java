package dev.sekiso.writeback;

/**
 * A writeback's share of all pages written of late (the kernel's floating proportions, {@code
 * lib/flex_proportions.c}): events of the past count half as much with every period of three
 * seconds ({@code VM_COMPLETIONS_PERIOD_LEN}). Ageing happens when somebody looks, not by a timer.
 *
 * <p>Guarded by the monitor of the {@link Total}.
 */
final class WriteoutShare {

  private static final long PERIOD_NANOS = 3_000_000_000L;

  private final Total total;
  private long events;
  private long period;

  WriteoutShare(Total total) {
    this.total = total;
  }

  void add(long pages, long now) {
    synchronized (total) {
      total.age(now);
      age();
      events += pages;
      total.events += pages;
    }
  }

  /** This share of an amount, rounded down. */
  long of(long amount, long now) {
    synchronized (total) {
      total.age(now);
      age();
      if (events == 0 || total.events == 0) {
        return 0;
      }
      return (long) ((double) amount * Math.min(events, total.events) / total.events);
    }
  }

  private void age() {
    events = shifted(events, total.period - period);
    period = total.period;
  }

  private static long shifted(long value, long periods) {
    return periods >= Long.SIZE ? 0 : value >> periods;
  }

  /** What the shares are shares of. */
  static final class Total {
    private final long origin;
    private long events;
    private long period;

    Total(long now) {
      this.origin = now;
    }

    private void age(long now) {
      long current = Math.max(period, (now - origin) / PERIOD_NANOS);
      events = shifted(events, current - period);
      period = current;
    }
  }
}
