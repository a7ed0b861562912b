package dev.sekiso.lab.compare;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.Units;
import dev.sekiso.lab.run.DirectionResult;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.pagecache.PageCacheCounters;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** What runs are compared by. A figure is NaN where a run has nothing to measure it by. */
public enum Metric {
  READ_BANDWIDTH("read_bw_bytes", "read BW", Better.MORE, Metric::rate) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::read, DirectionResult::bytes);
    }
  },
  READ_IOPS("read_iops", "read IOPS", Better.MORE, Units::count) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::read, DirectionResult::transfers);
    }
  },
  WRITE_BANDWIDTH("write_bw_bytes", "write BW", Better.MORE, Metric::rate) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::write, DirectionResult::bytes);
    }
  },
  WRITE_IOPS("write_iops", "write IOPS", Better.MORE, Units::count) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::write, DirectionResult::transfers);
    }
  },
  TRIM_BANDWIDTH("trim_bw_bytes", "trim BW", Better.MORE, Metric::rate) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::trim, DirectionResult::bytes);
    }
  },
  TRIM_IOPS("trim_iops", "trim IOPS", Better.MORE, Units::count) {
    @Override
    public double of(RunReport report) {
      return perSecond(report, JobResult::trim, DirectionResult::transfers);
    }
  },
  MEAN_LATENCY("lat_ns_mean", "mean", Better.LESS, Metric::time) {
    @Override
    public double of(RunReport report) {
      DirectionResult all = all(report);
      return all.transfers() == 0 ? Double.NaN : all.latency().mean();
    }
  },
  MEDIAN_LATENCY("lat_ns_p50", "p50", Better.LESS, Metric::time) {
    @Override
    public double of(RunReport report) {
      return percentile(report, 50);
    }
  },
  P99_LATENCY("lat_ns_p99", "p99", Better.LESS, Metric::time) {
    @Override
    public double of(RunReport report) {
      return percentile(report, 99);
    }
  },
  P999_LATENCY("lat_ns_p99.9", "p99.9", Better.LESS, Metric::time) {
    @Override
    public double of(RunReport report) {
      return percentile(report, 99.9);
    }
  },
  HIT_RATIO("hit_percent", "hits", Better.MORE, Metric::percent) {
    @Override
    public double of(RunReport report) {
      double hits = pages(report, PageCacheCounters::hits);
      double looks = hits + pages(report, PageCacheCounters::misses);
      return looks == 0 ? Double.NaN : 100 * hits / looks;
    }
  },
  READAHEAD_USED("readahead_used_pages", "ra used", Better.MORE, Metric::whole) {
    @Override
    public double of(RunReport report) {
      return pages(report, PageCacheCounters::readaheadUsed);
    }
  },
  READAHEAD_WASTED("readahead_wasted_pages", "ra wasted", Better.LESS, Metric::whole) {
    @Override
    public double of(RunReport report) {
      return pages(report, PageCacheCounters::readaheadWasted);
    }
  },
  REQUESTS("device_requests", "requests", Better.LESS, Metric::whole) {
    @Override
    public double of(RunReport report) {
      return devices(report, DeviceCounters::readRequests)
          + devices(report, DeviceCounters::writeRequests);
    }
  },
  MERGES("device_merges", "merges", Better.MORE, Metric::whole) {
    @Override
    public double of(RunReport report) {
      return devices(report, DeviceCounters::readMerges)
          + devices(report, DeviceCounters::writeMerges);
    }
  },
  BUSY("device_busy_ns", "busy", Better.LESS, Metric::time) {
    @Override
    public double of(RunReport report) {
      return devices(report, DeviceCounters::busyNanos);
    }
  };

  private enum Better {
    MORE,
    LESS
  }

  private final String id;
  private final String title;
  private final Better better;
  private final Function<Double, String> show;

  Metric(String id, String title, Better better, Function<Double, String> show) {
    this.id = id;
    this.title = title;
    this.better = better;
    this.show = show;
  }

  /**
   * The run's figure in the unit that {@link #id} ends in: bytes or transfers a second,
   * nanoseconds, percent, or a plain count. Latencies are those of all transfers together; rates
   * are over the time of the phases in which some job moved data that way.
   */
  public abstract double of(RunReport report);

  /** The name in CSV and JSON. */
  public String id() {
    return id;
  }

  /** The name above a table's column. */
  public String title() {
    return title;
  }

  /** The figure with its unit, for people. */
  public String show(double figure) {
    return Double.isNaN(figure) ? "-" : show.apply(figure);
  }

  boolean isBetter(double one, double other) {
    return better == Better.MORE ? one > other : one < other;
  }

  private static String rate(double bytes) {
    return Units.bytes(bytes) + "/s";
  }

  private static String time(double nanos) {
    return Units.duration(nanos);
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f%%", value);
  }

  private static String whole(double value) {
    return Long.toString((long) value);
  }

  private static double perSecond(
      RunReport report,
      Function<JobResult, DirectionResult> direction,
      ToLongFunction<DirectionResult> amount) {
    long total = 0;
    Map<Integer, Long> phases = new HashMap<>();
    for (JobResult result : report.jobs()) {
      DirectionResult moved = direction.apply(result);
      if (moved.transfers() > 0) {
        total += amount.applyAsLong(moved);
        phases.merge(result.job().phase(), result.runtimeNanos(), Math::max);
      }
    }
    long nanos = phases.values().stream().mapToLong(Long::longValue).sum();
    return nanos == 0 ? Double.NaN : Units.perSecond(total, nanos);
  }

  private static DirectionResult all(RunReport report) {
    DirectionResult all = DirectionResult.NONE;
    for (JobResult result : report.jobs()) {
      all = all.plus(result.transfers());
    }
    return all;
  }

  private static double percentile(RunReport report, double percentile) {
    DirectionResult all = all(report);
    return all.transfers() == 0 ? Double.NaN : all.latency().atPercentile(percentile);
  }

  private static double pages(RunReport report, ToLongFunction<PageCacheCounters> counter) {
    return counter.applyAsLong(report.after().pageCache())
        - counter.applyAsLong(report.before().pageCache());
  }

  /** Summed over the devices that stand at the bottom: a request is not to count twice. */
  private static double devices(RunReport report, ToDoubleFunction<DeviceCounters> counter) {
    double sum = 0;
    for (String name : report.lowestDevices()) {
      sum += counter.applyAsDouble(report.after().devices().get(name));
      DeviceCounters before = report.before().devices().get(name);
      sum -= before == null ? 0 : counter.applyAsDouble(before);
    }
    return sum;
  }
}
