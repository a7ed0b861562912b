package dev.sekiso.lab.run;

import dev.sekiso.lab.job.Job;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a run has come, to be looked at by anybody at any time, also from outside its machine.
 *
 * <p>Each job has a gauge that only its task writes to; whoever looks adds the gauges up. Times are
 * the machine's, told by the tasks: a look asks no machine, which could not answer outside its
 * tasks.
 */
public final class Progress {

  /** What a run is about. */
  public enum Stage {
    STARTING,
    /** The files that jobs read are being made. */
    LAYING_OUT,
    RUNNING
  }

  /**
   * One look.
   *
   * @param done share of the whole, 0 to 1: the mean over all jobs of the bytes moved, or of the
   *     time used up where that is what ends a job
   * @param bytes read and written so far
   * @param transfers reads and writes ended so far
   * @param nanos the machine's time since the first job started
   */
  public record Snapshot(Stage stage, double done, long bytes, long transfers, long nanos) {}

  private final List<JobGauge> gauges = new CopyOnWriteArrayList<>();
  private volatile Stage stage = Stage.STARTING;
  private volatile int jobs = 1;

  void laysOut() {
    stage = Stage.LAYING_OUT;
  }

  void runs(int numberOfJobs) {
    jobs = Math.max(1, numberOfJobs);
    stage = Stage.RUNNING;
  }

  /**
   * A job starts.
   *
   * @param bytes that it will move, if time does not end it before
   * @param nanos the machine's time
   */
  Gauge started(Job job, long bytes, long nanos) {
    JobGauge gauge = new JobGauge(job, bytes, nanos);
    gauges.add(gauge);
    return gauge;
  }

  public Snapshot snapshot() {
    double done = 0;
    long bytes = 0;
    long transfers = 0;
    long first = Long.MAX_VALUE;
    long latest = Long.MIN_VALUE;
    for (JobGauge gauge : gauges) {
      done += gauge.done();
      bytes += gauge.bytes.get();
      transfers += gauge.transfers.get();
      first = Math.min(first, gauge.started);
      latest = Math.max(latest, gauge.latest);
    }
    long nanos = gauges.isEmpty() ? 0 : latest - first;
    return new Snapshot(stage, Math.min(1, done / jobs), bytes, transfers, nanos);
  }

  /** Bytes that each job that has started has written so far, by the job's label. */
  public Map<String, Long> written() {
    Map<String, Long> written = new HashMap<>();
    for (JobGauge gauge : gauges) {
      written.put(gauge.label, gauge.written.get());
    }
    return written;
  }

  /** Where one job's task tells what it did. */
  interface Gauge {

    /** Of a job that has not started. */
    Gauge NONE =
        new Gauge() {
          @Override
          public void add(long bytes, long nanos) {}

          @Override
          public void wrote(long bytes) {}

          @Override
          public void ended() {}
        };

    /** A transfer has ended, at that time of the machine. */
    void add(long bytes, long nanos);

    /** Of the bytes added, so many were written. */
    void wrote(long bytes);

    void ended();
  }

  private static final class JobGauge implements Gauge {
    private final String label;
    private final long runtime;
    private final boolean timeBased;
    private final long planned;
    private final long started;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong transfers = new AtomicLong();
    private volatile long latest;
    private volatile boolean ended;

    JobGauge(Job job, long planned, long started) {
      this.label = job.label();
      this.runtime = job.runtimeNanos();
      this.timeBased = job.timeBased();
      this.planned = Math.max(1, planned);
      this.started = started;
      this.latest = started;
    }

    @Override
    public void add(long moved, long nanos) {
      bytes.addAndGet(moved);
      transfers.incrementAndGet();
      latest = nanos;
    }

    @Override
    public void wrote(long moved) {
      written.addAndGet(moved);
    }

    @Override
    public void ended() {
      ended = true;
    }

    double done() {
      if (ended) {
        return 1;
      }
      double byTime = runtime > 0 ? (double) (latest - started) / runtime : 0;
      double byBytes = timeBased ? 0 : (double) bytes.get() / planned;
      return Math.clamp(Math.max(byTime, byBytes), 0, 1);
    }
  }
}
