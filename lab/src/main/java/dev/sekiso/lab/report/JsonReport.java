package dev.sekiso.lab.report;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.run.DepthCounts;
import dev.sekiso.lab.run.DirectionResult;
import dev.sekiso.lab.run.JobEffort;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.Latencies;
import dev.sekiso.lab.run.RateSamples;
import dev.sekiso.pagecache.PageCacheCounters;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run's report as JSON, with the field names of {@code fio --output-format=json}: {@code jobs[]}
 * with {@code read}, {@code write}, {@code trim} and {@code sync}, and {@code disk_util[]}. A name
 * that fio has means what it means there; the package's description says which of them are always 0
 * or left out. Beside them stand {@code layers}, {@code cgroups} (when there are any, with the
 * kernel's names), {@code error_message}, {@code jobs}, {@code flush_ios}, {@code discard_ios} and
 * {@code discard_sectors}, which fio has no names for.
 */
public final class JsonReport {

  private static final int DIGITS = 6;
  private static final double[] PERCENTILES = {
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
  };
  private static final int NANOS_PER_MILLISECOND = 1_000_000;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /** fio's names for the classes of {@link DepthCounts}. */
  static final List<String> IN_FLIGHT = List.of("1", "2", "4", "8", "16", "32", ">=64");

  static final List<String> PER_CALL = List.of("0", "4", "8", "16", "32", "64", ">=64");

  private JsonReport() {}

  /** The whole text, indented, ended by '\n'. */
  public static String of(RunReport report) {
    JsonMapper mapper =
        JsonMapper.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();
    ObjectNode root = mapper.createObjectNode();
    root.put("fio version", "sekiso");
    ArrayNode jobs = root.putArray("jobs");
    List<JobResult> statuses = report.groups();
    report
        .reported()
        .forEach(result -> job(jobs.addObject(), result, statuses.get(result.job().group())));
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
    Map<String, GroupReport> groups = report.controlGroups();
    if (!groups.isEmpty()) {
      controlGroups(root.putObject("cgroups"), groups);
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static void controlGroups(ObjectNode node, Map<String, GroupReport> groups) {
    groups.forEach((path, group) -> {
      ObjectNode one = node.putObject(path);
      ObjectNode memory = one.putObject("memory.stat");
      group.memory().forEach(memory::put);
      ObjectNode io = one.putObject("io.stat");
      group
          .devices()
          .forEach((name, stat) -> {
            ObjectNode device = io.putObject(name);
            stat.forEach(device::put);
          });
    });
  }

  private static void job(ObjectNode node, JobResult result, JobResult group) {
    Job job = result.job();
    node.put("jobname", job.name());
    node.put("groupid", job.group());
    node.put("error", result.failure() == null ? 0 : result.failure().errno().number());
    if (result.failure() != null) {
      node.put("error_message", result.failure().getMessage());
    }
    node.put("eta", 0);
    node.put("elapsed", (result.runtimeNanos() + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND);
    node.put("jobs", result.jobs());
    options(node.putObject("job options"), job);
    long nanos = result.runtimeNanos();
    direction(
        node.putObject("read"), result.read(), nanos, kibibytesPerSecond(group, group.read()));
    direction(
        node.putObject("write"), result.write(), nanos, kibibytesPerSecond(group, group.write()));
    direction(
        node.putObject("trim"), result.trim(), nanos, kibibytesPerSecond(group, group.trim()));
    ObjectNode sync = node.putObject("sync");
    sync.put("total_ios", result.sync().transfers());
    latency(sync.putObject("lat_ns"), result.sync().latency());
    node.put("job_runtime", nanos / NANOS_PER_MILLISECOND);
    effort(node, result.effort());
    Latencies all = result.transfers().latency();
    classes(node.putObject("latency_ns"), all, LatencyClasses.Unit.NSEC);
    classes(node.putObject("latency_us"), all, LatencyClasses.Unit.USEC);
    classes(node.putObject("latency_ms"), all, LatencyClasses.Unit.MSEC);
    node.put("latency_depth", job.ioDepth());
    node.put("latency_target", 0);
    node.put("latency_percentile", decimal(100));
    node.put("latency_window", 0);
  }

  private static void effort(ObjectNode node, JobEffort effort) {
    node.put("usr_cpu", decimal(0));
    node.put("sys_cpu", decimal(effort.systemPercent()));
    node.put("ctx", effort.contextSwitches());
    node.put("majf", 0);
    node.put("minf", 0);
    depths(node.putObject("iodepth_level"), IN_FLIGHT, effort.inFlight());
    depths(node.putObject("iodepth_submit"), PER_CALL, effort.submitted());
    depths(node.putObject("iodepth_complete"), PER_CALL, effort.completed());
  }

  private static void depths(ObjectNode node, List<String> names, DepthCounts counts) {
    double[] percentages = counts.percentages();
    for (int i = 0; i < percentages.length; i++) {
      node.put(names.get(i), decimal(percentages[i]));
    }
  }

  private static void classes(ObjectNode node, Latencies latencies, LatencyClasses.Unit unit) {
    LatencyClasses.of(latencies, unit)
        .forEach(share -> node.put(share.bound(), decimal(share.percent())));
  }

  private static void options(ObjectNode options, Job job) {
    options.put("rw", job.pattern().word());
    options.put("bs", blockSizes(job));
    options.put("ioengine", job.engine().word());
    options.put("iodepth", Integer.toString(job.ioDepth()));
  }

  private static String blockSizes(Job job) {
    String sizes = job.readBlockSize() + "," + job.writeBlockSize();
    return job.pattern().trims() ? sizes + "," + job.trimBlockSize() : sizes;
  }

  private static double kibibytesPerSecond(JobResult group, DirectionResult result) {
    return Units.perSecond(result.bytes(), group.runtimeNanos()) / 1024;
  }

  /**
   * @param aggregate bandwidth of all jobs of the group, in KiB a second
   */
  private static void direction(
      ObjectNode node, DirectionResult result, long nanos, double aggregate) {
    node.put("io_bytes", result.bytes());
    node.put("io_kbytes", result.bytes() >> 10);
    node.put("bw_bytes", (long) Units.perSecond(result.bytes(), nanos));
    node.put("bw", (long) Units.perSecond(result.bytes(), nanos) >> 10);
    node.put("iops", decimal(Units.perSecond(result.transfers(), nanos)));
    node.put("runtime", nanos / NANOS_PER_MILLISECOND);
    node.put("total_ios", result.transfers());
    node.put("short_ios", result.shortTransfers());
    node.put("drop_ios", 0);
    moments(node.putObject("slat_ns"), result.submission());
    latency(node.putObject("clat_ns"), result.completion());
    moments(node.putObject("lat_ns"), result.latency());
    RateSamples bandwidth = result.bandwidth();
    node.put("bw_min", Math.round(bandwidth.least()));
    node.put("bw_max", Math.round(bandwidth.most()));
    node.put(
        "bw_agg", decimal(aggregate == 0 ? 0 : Math.min(100, 100 * bandwidth.mean() / aggregate)));
    node.put("bw_mean", decimal(bandwidth.mean()));
    node.put("bw_dev", decimal(bandwidth.deviation()));
    node.put("bw_samples", bandwidth.count());
    RateSamples rate = result.rate();
    node.put("iops_min", Math.round(rate.least()));
    node.put("iops_max", Math.round(rate.most()));
    node.put("iops_mean", decimal(rate.mean()));
    node.put("iops_stddev", decimal(rate.deviation()));
    node.put("iops_samples", rate.count());
  }

  /** As fio writes them, six digits behind the point and never with an exponent. */
  private static BigDecimal decimal(double number) {
    return BigDecimal.valueOf(number).setScale(DIGITS, RoundingMode.HALF_UP);
  }

  private static void moments(ObjectNode node, Latencies latencies) {
    node.put("min", latencies.least());
    node.put("max", latencies.most());
    node.put("mean", decimal(latencies.mean()));
    node.put("stddev", decimal(latencies.deviation()));
    node.put("N", latencies.count());
  }

  private static void latency(ObjectNode node, Latencies latencies) {
    moments(node, latencies);
    if (latencies.count() == 0) {
      return;
    }
    ObjectNode percentiles = node.putObject("percentile");
    for (double percentile : PERCENTILES) {
      percentiles.put(
          String.format(Locale.ROOT, "%.6f", percentile), latencies.atPercentile(percentile));
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
    node.put("discard_ios", after.discardRequests() - before.discardRequests());
    node.put("discard_sectors", after.discardSectors() - before.discardSectors());
    node.put("flush_ios", after.flushRequests() - before.flushRequests());
    node.put(
        "util",
        decimal(elapsed == 0 ? 0 : 100.0 * (after.busyNanos() - before.busyNanos()) / elapsed));
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
