package dev.sekiso.machine;

/**
 * The wall clock as of the last tick (the kernel's {@code ktime_get_coarse_real_ts64}): a load
 * instead of a look at the processor's time stamp, which would have to wait for everything before
 * it, a copy for example.
 *
 * <p>The clock ticks only while somebody asks. The first one to ask reads the real clock and starts
 * the ticking; a tick that finds that nobody has asked since the one before stops it, and the next
 * one to ask begins anew. So an idle machine is not woken, and no answer is older than a tick,
 * unless the timer thread is late.
 *
 * <p>{@link #now} is written under the monitor and read without; {@link #asked} is a hint, set by
 * whoever finds it unset: to lose it to a tick at the same moment only stops the clock a tick
 * early.
 */
final class CoarseClock {

  /** A tick of the kernel at 250 Hz: 4 ms. */
  static final long TICK_NANOS = 4_000_000L;

  /** What {@link #now} is while the clock stands. */
  private static final long STANDS = Long.MIN_VALUE;

  private final SystemMachine machine;
  private final TimerThread timers;
  private volatile long now = STANDS;
  private volatile boolean asked;

  CoarseClock(SystemMachine machine, TimerThread timers) {
    this.machine = machine;
    this.timers = timers;
  }

  /** Nanoseconds since 1970, at most a tick ago. */
  long nanos() {
    long known = now;
    if (known == STANDS) {
      return start();
    }
    if (!asked) {
      asked = true;
    }
    return known;
  }

  private synchronized long start() {
    long real = machine.realTimeNanos();
    if (now == STANDS && !machine.isDead()) {
      now = real;
      timers.scheduleQuietly(machine.later(TICK_NANOS), this::tick);
    }
    return real;
  }

  private synchronized void tick() {
    if (!asked || machine.isDead()) {
      now = STANDS;
      return;
    }
    asked = false;
    now = machine.realTimeNanos();
    timers.scheduleQuietly(machine.later(TICK_NANOS), this::tick);
  }

  /** The machine has died: nothing ticks any more. */
  synchronized void stop() {
    now = STANDS;
  }

  /** Whether the clock ticks. */
  boolean ticks() {
    return now != STANDS;
  }
}
