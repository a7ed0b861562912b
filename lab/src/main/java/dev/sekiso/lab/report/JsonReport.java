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
 * with {@code read}, {@code write} and {@code sync}, {@code disk_util[]}; beside them {@code
 * layers} with what fio has no names for.
 */
public final class JsonReport {

  private static final double[] PERCENTILES = {
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
  };
  private static final int NANOS_PER_MILLISECOND = 1_000_000;

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
    node.put("jobs", result.jobs());
    ObjectNode options = node.putObject("job options");
    options.put("rw", job.pattern().word());
    options.put("bs", job.readBlockSize() + "," + job.writeBlockSize());
    options.put("ioengine", job.engine().word());
    options.put("iodepth", Integer.toString(job.ioDepth()));
    node.put("job_runtime", result.runtimeNanos() / NANOS_PER_MILLISECOND);
    direction(node.putObject("read"), result.read(), result.runtimeNanos());
    direction(node.putObject("write"), result.write(), result.runtimeNanos());
    ObjectNode sync = node.putObject("sync");
    sync.put("total_ios", result.sync().transfers());
    latency(sync.putObject("lat_ns"), result.sync().latency());
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
    latency(node.putObject("clat_ns"), result.latency());
    latency(node.putObject("lat_ns"), result.latency());
  }

  private static void latency(ObjectNode node, Histogram histogram) {
    boolean empty = histogram.getTotalCount() == 0;
    node.put("min", empty ? 0 : histogram.getMinValue());
    node.put("max", histogram.getMaxValue());
    node.put("mean", histogram.getMean());
    node.put("stddev", histogram.getStdDeviation());
    node.put("N", histogram.getTotalCount());
    if (empty) {
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
