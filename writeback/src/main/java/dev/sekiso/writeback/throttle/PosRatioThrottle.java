package dev.sekiso.writeback.throttle;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskLocal;
import dev.sekiso.machine.Tracer;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.DirtyDomain;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.Tracepoints;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code pos-ratio}: each writer is held to a rate, so that all of them together dirty as fast as
 * the device cleans and the number of dirty pages stays where it is wanted (Linux 3.2 and later,
 * {@code balance_dirty_pages} in {@code mm/page-writeback.c}; Wu Fengguang, "IO-less dirty
 * throttling").
 *
 * <p>A writer looks at the balance whenever it has dirtied as many pages as its last look allowed,
 * or all together have dirtied a 32nd of the limit ({@code ratelimit_pages}).
 *
 * <ol>
 *   <li>Below the freerun ceiling, halfway between background threshold and limit, it goes on.
 *   <li>Otherwise its allowed rate is the device's {@link RateLimit} times a {@link PositionRatio}:
 *       the rate limit is the fair share that balances the device's speed, found by feedback every
 *       200 ms; the ratio pushes the number of dirty pages towards its setpoint.
 *   <li>It then rests for as long as its pages should have taken it at that rate, less the time it
 *       spent since its last rest. Rests too short to be worth it are saved up; none exceeds 200
 *       ms.
 *   <li>Of all memory and of the control group's, that counts in which the ratio is lower.
 *   <li>At the limit the ratio is zero: it rests again and again until pages have been cleaned.
 * </ol>
 *
 * <h2>Where shares are not fair</h2>
 *
 * <p>Two corners are the algorithm's own, in the kernel as here; the device is kept busy in both.
 *
 * <ol>
 *   <li>A share of less than a page for each of the longest rests, 200 ms: after such a rest a
 *       writer below the limit goes on, whatever it owes. So on 1 MB/s no more than some 40 writers
 *       can be held to their share.
 *   <li>Less room between setpoint and limit (2.5 % of what may become dirty, with the usual
 *       ratios) than the device writes in 0.4 s; with 64 MiB that is any device above 4 MB/s, with
 *       many writers. Rates are renewed every 200 ms, by the first writer that looks, from the
 *       position at that moment. When the room is gone before that, all meet the limit, where the
 *       ratio is zero, and rest for an eighth of the time that the device needs for what is dirty.
 *       Who wakes first finds the setpoint reached again, so a ratio of one; and as pages go dirty
 *       just as fast as the device lets them, the rate is taken to be right, however high it is. So
 *       it hardly falls, and who wakes while there is room takes it.
 * </ol>
 *
 * <p>State is kept per task (how much it has dirtied, when it last rested) and per writeback (the
 * rate limit). One instance serves one writeback layer.
 */
public final class PosRatioThrottle implements DirtyThrottle {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** A task that waited longer than this elsewhere owes nothing for it ({@code HZ}). */
  private static final long FORGET_NANOS = NANOS_PER_SECOND;

  /** Pages between two looks while the device's own threshold is exceeded: 32 KiB. */
  private static final int EXCEEDED_POLL_PAGES = 8;

  /** A task looks at least once in so many pages dirtied by all tasks: this part of the limit. */
  private static final int SHARED_INTERVAL_FRACTION = 32;

  private static final int LEAST_SHARED_INTERVAL = 16;

  private final Machine machine;
  private final AtomicLong dirtiedByAll = new AtomicLong();
  private volatile long sharedInterval = LEAST_SHARED_INTERVAL;
  private final TaskLocal<Dirtier> dirtiers;
  private final ConcurrentHashMap<BdiWriteback, RateLimit> limits = new ConcurrentHashMap<>();

  public PosRatioThrottle(Machine machine) {
    this.machine = machine;
    this.dirtiers = machine.newTaskLocal(Dirtier::new);
  }

  /** What a task has dirtied and how it has rested; touched by that task alone. */
  private static final class Dirtier {
    /** 128 KiB, before anything is known of the task. */
    private static final int FIRST_PAUSE_PAGES = 32;

    private long dirtied;
    private long pauseAt = FIRST_PAUSE_PAGES;
    private long pausedWhen;
    private boolean hasPaused;

    void reset(long now) {
      pausedWhen = now;
      hasPaused = true;
      dirtied = 0;
    }
  }

  /** What a task that is over its rate may do. */
  private enum Manner {
    REST,
    /** It must not wait ({@code BDP_ASYNC}). */
    REFUSE
  }

  /** How a look at the balance ended. */
  private enum Look {
    GO_ON,
    /** It has rested, and still may not dirty anything. */
    AGAIN,
    /** It would have to rest. */
    REFUSED
  }

  @Override
  public void balance(BdiWriteback writeback, int pages) {
    Look unused = look(writeback, pages, Manner.REST);
  }

  /** What the task has dirtied stays counted, so that its next look, however soon, weighs it. */
  @Override
  public boolean tryBalance(BdiWriteback writeback, int pages) {
    return look(writeback, pages, Manner.REFUSE) == Look.GO_ON;
  }

  private Look look(BdiWriteback writeback, int pages, Manner manner) {
    Dirtier dirtier = dirtiers.get();
    dirtier.dirtied += pages;
    RateLimit rate = rate(writeback);
    long allowed =
        rate.isExceeded() ? Math.min(dirtier.pauseAt, EXCEEDED_POLL_PAGES) : dirtier.pauseAt;
    if (dirtier.dirtied >= allowed) {
      dirtiedByAll.set(0);
      return balanceNow(writeback, rate, dirtier, manner);
    } else if (dirtiedByAll.addAndGet(pages) >= sharedInterval) {
      dirtiedByAll.set(0);
      return balanceNow(writeback, rate, dirtier, manner);
    }
    return Look.GO_ON;
  }

  @Override
  public void ended(BdiWriteback writeback) {
    limits.remove(writeback);
  }

  private RateLimit rate(BdiWriteback writeback) {
    RateLimit known = limits.get(writeback);
    return known != null
        ? known
        : limits.computeIfAbsent(writeback, key -> new RateLimit(key, machine.nanoTime()));
  }

  private Look balanceNow(BdiWriteback writeback, RateLimit rate, Dirtier dirtier, Manner manner) {
    long start = machine.nanoTime();
    while (true) {
      Standing global = Standing.of(writeback, writeback.domain());
      writeback.limitsSeen(global.limits());
      sharedInterval =
          Math.max(LEAST_SHARED_INTERVAL, global.limits().limit() / SHARED_INTERVAL_FRACTION);
      Standing group = null;
      DirtyDomain groupDomain = writeback.groupDomain();
      if (groupDomain != null) {
        group = Standing.of(writeback, groupDomain);
        groupDomain.update(group.limits());
      }
      if (global.isFree() && (group == null || group.isFree())) {
        dirtier.reset(machine.nanoTime());
        dirtier.pauseAt =
            group == null
                ? global.pollInterval()
                : Math.min(global.pollInterval(), group.pollInterval());
        rate.setExceeded(false);
        return Look.GO_ON;
      }
      if (!writeback.isWriting()) {
        writeback.startBackground();
      }
      writeback.flushForeign();
      rate.setExceeded(global.isExceeded() || (group != null && group.isExceeded()));
      rate.update(machine.nanoTime(), global, group);
      Standing standing = narrower(writeback, global, group);
      Look look = rest(writeback, rate, standing, dirtier, start, manner);
      if (look != Look.AGAIN) {
        return look;
      }
    }
  }

  /** The domain in which writers have to be slower. */
  private static Standing narrower(BdiWriteback writeback, Standing global, Standing group) {
    if (group == null) {
      return global;
    }
    long bandwidth = writeback.averageWriteBandwidth();
    return PositionRatio.of(group, bandwidth).ratio() < PositionRatio.of(global, bandwidth).ratio()
        ? group
        : global;
  }

  /** Rests once, if it is worth it and allowed. */
  private Look rest(
      BdiWriteback writeback,
      RateLimit rate,
      Standing standing,
      Dirtier dirtier,
      long start,
      Manner manner) {
    long now = machine.nanoTime();
    long dirtied = dirtier.dirtied;
    double ratio = PositionRatio.of(standing, writeback.averageWriteBandwidth()).ratio();
    double taskRate = rate.pagesPerSecond() * ratio;
    Pauses pauses = Pauses.of(writeback, standing.deviceDirty(), rate.pagesPerSecond(), taskRate);
    long period =
        taskRate < 1
            ? pauses.longest()
            : (long) Math.min(Long.MAX_VALUE >> 1, dirtied * (double) NANOS_PER_SECOND / taskRate);
    long think = dirtier.hasPaused ? now - dirtier.pausedWhen : 0;
    long pause = taskRate < 1 ? pauses.longest() : period - think;
    if (pause < pauses.shortest()) {
      trace(writeback, rate, standing, dirtier, taskRate, pause, period, think, start);
      owe(dirtier, pause, period, dirtied, now);
      return Look.GO_ON;
    }
    long restedFrom = now;
    if (pause > pauses.longest()) {
      // A bounded part of the excess counts as rested, so that debts do not grow without end.
      restedFrom += Math.min(pause - pauses.longest(), pauses.longest());
      pause = pauses.longest();
    }
    trace(writeback, rate, standing, dirtier, taskRate, pause, period, think, start);
    if (manner == Manner.REFUSE) {
      return Look.REFUSED;
    }
    writeback.assist();
    machine.sleep(pause);
    dirtier.reset(restedFrom + pause);
    dirtier.pauseAt = pauses.pages();
    return taskRate >= 1 ? Look.GO_ON : Look.AGAIN;
  }

  private static void owe(Dirtier dirtier, long pause, long period, long dirtied, long now) {
    if (pause < -FORGET_NANOS) {
      dirtier.reset(now);
    } else if (period > 0) {
      dirtier.pausedWhen = dirtier.hasPaused ? dirtier.pausedWhen + period : now;
      dirtier.hasPaused = true;
      dirtier.dirtied = 0;
    } else if (dirtier.pauseAt <= dirtied) {
      dirtier.pauseAt += dirtied;
    }
  }

  private void trace(
      BdiWriteback writeback,
      RateLimit rate,
      Standing standing,
      Dirtier dirtier,
      double taskRate,
      long pause,
      long period,
      long think,
      long start) {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      PositionRatio position = PositionRatio.of(standing, writeback.averageWriteBandwidth());
      tracer.emit(
          Tracepoints.BALANCE_DIRTY_PAGES,
          writeback.device().name(),
          standing.hardLimit(),
          position.setpoint(),
          standing.dirty(),
          position.deviceSetpoint(),
          standing.deviceDirty(),
          RateLimit.kibPerSecond(rate.pagesPerSecond()),
          RateLimit.kibPerSecond(taskRate),
          dirtier.dirtied,
          dirtier.pauseAt,
          (machine.nanoTime() - start) / NANOS_PER_MILLI,
          pause / NANOS_PER_MILLI,
          period / NANOS_PER_MILLI,
          think / NANOS_PER_MILLI,
          writeback.cgroup().path());
    }
  }
}
