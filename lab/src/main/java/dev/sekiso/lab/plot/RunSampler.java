package dev.sekiso.lab.plot;

import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.lab.run.RunWatcher;
import dev.sekiso.machine.Timer;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.writeback.WritebackCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Samples a run while its jobs run. The monitor guards the samples, as in real time the timer is
 * another thread.
 */
public final class RunSampler implements RunWatcher {

  /** Enough for every column of a plot; even, so that halving keeps the spacing. */
  private static final int MOST_SAMPLES = 1000;

  /** Writers that get a line of their own. */
  private static final int MOST_WRITERS = 7;

  /** Fine enough for the shortest run; longer ones double it as they go. */
  private static final long FIRST_INTERVAL_NANOS = 10_000;

  private final Progress progress;
  private final List<String> jobs;
  private final List<TimeSeries.Sample> samples = new ArrayList<>();
  private StorageStack stack;
  private Timer timer;
  private long start;
  private long interval = FIRST_INTERVAL_NANOS;
  private boolean ended;

  /**
   * @param progress that of the same run
   */
  public RunSampler(JobFile jobs, Progress progress) {
    this.progress = progress;
    this.jobs = jobs.jobs().stream().filter(job -> job.pattern().writes()).map(Job::label).toList();
  }

  @Override
  public synchronized void began(StorageStack running) {
    stack = running;
    start = stack.machine().nanoTime();
    sample();
    again();
  }

  @Override
  public synchronized void ended(StorageStack running) {
    ended = true;
    timer.cancel();
    sample();
  }

  /** What has been seen; of a run whose power was cut, up to then. */
  public synchronized TimeSeries series() {
    List<String> writers = new ArrayList<>(jobs);
    if (isShared()) {
      writers = new ArrayList<>(jobs.subList(0, MOST_WRITERS));
      writers.add((jobs.size() - MOST_WRITERS) + " others");
    }
    return new TimeSeries(writers, samples);
  }

  private boolean isShared() {
    return jobs.size() > MOST_WRITERS + 1;
  }

  private void again() {
    timer = stack.machine().schedule("sekiso plot", interval, this::tick);
  }

  private synchronized void tick() {
    if (ended) {
      return;
    }
    sample();
    if (samples.size() >= MOST_SAMPLES) {
      for (int i = samples.size() - 1; i > 0; i -= 2) {
        samples.remove(i);
      }
      interval *= 2;
    }
    again();
  }

  private void sample() {
    WritebackCounters counters = stack.writeback().counters();
    samples.add(
        new TimeSeries.Sample(
            stack.machine().nanoTime() - start,
            counters.nrDirty(),
            counters.nrWriteback(),
            counters.nrDirtyBackgroundThreshold(),
            counters.nrDirtyThreshold(),
            counters.nrWritten(),
            written()));
  }

  private List<Long> written() {
    Map<String, Long> now = progress.written();
    List<Long> written = new ArrayList<>();
    int alone = isShared() ? MOST_WRITERS : jobs.size();
    for (String job : jobs.subList(0, alone)) {
      written.add(now.getOrDefault(job, 0L));
    }
    if (isShared()) {
      written.add(
          jobs.subList(alone, jobs.size()).stream()
              .mapToLong(job -> now.getOrDefault(job, 0L))
              .sum());
    }
    return written;
  }
}
