package dev.sekiso.lab.report;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.run.DirectionResult;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.pagecache.PageCacheCounters;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run's report as JSON, with the field names of {@code fio --output-format=json}: {@code jobs[]}
 * with {@code read}, {@code write}, {@code trim} and {@code sync}, and {@code disk_util[]}. A name
 * that fio has means what it means there; what is not measured (processor time, sampled rates) is
 * left out. Beside them stand {@code layers}, {@code error_message}, {@code jobs} and {@code
 * flush_ios}, which fio has no names for.
 */
public final class JsonReport {

  private static final double[] PERCENTILES = {
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
  };
  private static final int NANOS_PER_MICROSECOND = 1_000;
  private static final int NANOS_PER_MILLISECOND = 1_000_000;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /** Upper bounds of fio's latency classes within each unit. */
  private static final int[] CLASSES = {2, 4, 10, 20, 50, 100, 250, 500, 750, 1000};

  private JsonReport() {}

  /** The whole text, indented, ended by '\n'. */
  public static String of(RunReport report) {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    root.put("fio version", "sekiso");
    ArrayNode jobs = root.putArray("jobs");
    report.groups().forEach((group, result) -> job(jobs.addObject(), group, result));
    ArrayNode devices = root.putArray("disk_util");
    report
        .after()
        .devices()
        .forEach((name, after) -> {
          DeviceCounters before = report.before().devices().get(name);
          if (before != null) {
            long elapsed = report.after().nanos() - report.before().nanos();
            device(devices.addObject(), name, before, after, elapsed);
          }
        });
    layers(root.putObject("layers"), report.before().pageCache(), report.after().pageCache());
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static void job(ObjectNode node, int group, JobResult result) {
    Job job = result.job();
    node.put("jobname", job.name());
    node.put("groupid", group);
    node.put("error", result.failure() == null ? 0 : result.failure().errno().number());
    if (result.failure() != null) {
      node.put("error_message", result.failure().getMessage());
    }
    node.put("eta", 0);
    node.put("elapsed", (result.runtimeNanos() + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND);
    node.put("jobs", result.jobs());
    options(node.putObject("job options"), job);
    long nanos = result.runtimeNanos();
    direction(node.putObject("read"), result.read(), nanos);
    direction(node.putObject("write"), result.write(), nanos);
    direction(node.putObject("trim"), DirectionResult.NONE, 0);
    ObjectNode sync = node.putObject("sync");
    sync.put("total_ios", result.sync().transfers());
    latency(sync.putObject("lat_ns"), result.sync().latency());
    node.put("job_runtime", nanos / NANOS_PER_MILLISECOND);
    Histogram all = result.read().plus(result.write()).latency();
    distribution(node.putObject("latency_ns"), all, 1);
    distribution(node.putObject("latency_us"), all, NANOS_PER_MICROSECOND);
    ObjectNode milliseconds = node.putObject("latency_ms");
    distribution(milliseconds, all, NANOS_PER_MILLISECOND);
    long thousand = 1000L * NANOS_PER_MILLISECOND;
    milliseconds.put("2000", share(all, thousand, 2 * thousand));
    milliseconds.put(">=2000", share(all, 2 * thousand, Long.MAX_VALUE));
  }

  private static void options(ObjectNode options, Job job) {
    options.put("rw", job.pattern().word());
    options.put("bs", job.readBlockSize() + "," + job.writeBlockSize());
    options.put("ioengine", job.engine().word());
    options.put("iodepth", Integer.toString(job.ioDepth()));
  }

  /**
   * The percentage of transfers whose latency is below each bound and not below the one before, as
   * fio's {@code latency_us} has it; the first bound of a unit follows the last of the unit below.
   */
  private static void distribution(ObjectNode node, Histogram histogram, int unit) {
    long from = unit == 1 ? 0 : unit;
    for (int bound : CLASSES) {
      long to = (long) bound * unit;
      node.put(Integer.toString(bound), share(histogram, from, to));
      from = to;
    }
  }

  private static double share(Histogram histogram, long from, long to) {
    long total = histogram.getTotalCount();
    return total == 0 ? 0 : 100.0 * histogram.getCountBetweenValues(from, to - 1) / total;
  }

  private static void direction(ObjectNode node, DirectionResult result, long nanos) {
    node.put("io_bytes", result.bytes());
    node.put("io_kbytes", result.bytes() >> 10);
    node.put("bw_bytes", (long) Units.perSecond(result.bytes(), nanos));
    node.put("bw", (long) Units.perSecond(result.bytes(), nanos) >> 10);
    node.put("iops", Units.perSecond(result.transfers(), nanos));
    node.put("runtime", nanos / NANOS_PER_MILLISECOND);
    node.put("total_ios", result.transfers());
    node.put("short_ios", result.shortTransfers());
    node.put("drop_ios", 0);
    // Submission is part of a transfer here: there is no time of its own to tell.
    latency(node.putObject("slat_ns"), DirectionResult.NONE.latency());
    latency(node.putObject("clat_ns"), result.latency());
    moments(node.putObject("lat_ns"), result.latency());
  }

  private static void moments(ObjectNode node, Histogram histogram) {
    boolean empty = histogram.getTotalCount() == 0;
    node.put("min", empty ? 0 : histogram.getMinValue());
    node.put("max", histogram.getMaxValue());
    node.put("mean", histogram.getMean());
    node.put("stddev", histogram.getStdDeviation());
    node.put("N", histogram.getTotalCount());
  }

  private static void latency(ObjectNode node, Histogram histogram) {
    moments(node, histogram);
    if (histogram.getTotalCount() == 0) {
      return;
    }
    ObjectNode percentiles = node.putObject("percentile");
    for (double percentile : PERCENTILES) {
      percentiles.put(
          String.format(Locale.ROOT, "%.6f", percentile),
          histogram.getValueAtPercentile(percentile));
    }
  }

  private static void device(
      ObjectNode node, String name, DeviceCounters before, DeviceCounters after, long elapsed) {
    node.put("name", name);
    node.put("read_ios", after.readRequests() - before.readRequests());
    node.put("write_ios", after.writeRequests() - before.writeRequests());
    node.put("read_sectors", after.readSectors() - before.readSectors());
    node.put("write_sectors", after.writeSectors() - before.writeSectors());
    node.put("read_merges", after.readMerges() - before.readMerges());
    node.put("write_merges", after.writeMerges() - before.writeMerges());
    node.put("read_ticks", (after.readNanos() - before.readNanos()) / NANOS_PER_MILLISECOND);
    node.put("write_ticks", (after.writeNanos() - before.writeNanos()) / NANOS_PER_MILLISECOND);
    node.put(
        "in_queue",
        (after.readNanos() - before.readNanos() + after.writeNanos() - before.writeNanos())
            / NANOS_PER_MILLISECOND);
    node.put("flush_ios", after.flushRequests() - before.flushRequests());
    node.put(
        "util", elapsed == 0 ? 0.0 : 100.0 * (after.busyNanos() - before.busyNanos()) / elapsed);
  }

  private static void layers(ObjectNode node, PageCacheCounters before, PageCacheCounters after) {
    for (Map.Entry<String, Long> counter :
        Map.<String, Long>ofEntries(
                Map.entry("hits", after.hits() - before.hits()),
                Map.entry("misses", after.misses() - before.misses()),
                Map.entry("evicted", after.evicted() - before.evicted()),
                Map.entry("refaulted", after.refaulted() - before.refaulted()),
                Map.entry("readahead", after.readaheadPages() - before.readaheadPages()),
                Map.entry("readahead_used", after.readaheadUsed() - before.readaheadUsed()),
                Map.entry("readahead_wasted", after.readaheadWasted() - before.readaheadWasted()),
                Map.entry("dirtied", after.dirtied() - before.dirtied()),
                Map.entry("written", after.written() - before.written()))
            .entrySet()
            .stream()
            .sorted(Map.Entry.comparingByKey())
            .toList()) {
      node.put(counter.getKey(), counter.getValue());
    }
  }
}
