package dev.sekiso.lab.report;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.run.DirectionResult;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.pagecache.PageCacheCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** A run's report as text, the way fio writes it, followed by one table of the layers. */
public final class TextReport {

  private static final double[] PERCENTILES = {
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
  };
  private static final int PERCENTILES_PER_LINE = 3;

  private final StringBuilder out = new StringBuilder();

  private TextReport() {}

  /** The whole text, lines ended by '\n'. */
  public static String of(RunReport report) {
    TextReport text = new TextReport();
    report.groups().forEach(text::group);
    report.groups().forEach(text::status);
    text.layers(report);
    return text.out.toString();
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void group(int number, JobResult result) {
    Job job = result.job();
    line(
        "%s: (groupid=%d, jobs=%d): err=%2d%s",
        job.label(),
        number,
        result.jobs(),
        result.failure() == null ? 0 : result.failure().errno().number(),
        result.failure() == null ? "" : ": " + result.failure().getMessage());
    line(
        "  rw=%s, bs=%s, ioengine=%s, iodepth=%d",
        job.pattern().word(), blockSizes(job), job.engine().word(), job.ioDepth());
    direction("read", result.read(), result.runtimeNanos());
    direction("write", result.write(), result.runtimeNanos());
    if (result.sync().transfers() > 0) {
      line("  fsync/fdatasync: calls=%d", result.sync().transfers());
      latency("sync", result.sync().latency());
    }
    out.append('\n');
  }

  private static String blockSizes(Job job) {
    return job.readBlockSize() == job.writeBlockSize()
        ? Units.bytes(job.readBlockSize())
        : Units.bytes(job.readBlockSize()) + "," + Units.bytes(job.writeBlockSize());
  }

  private void direction(String name, DirectionResult result, long nanos) {
    if (result.transfers() == 0) {
      return;
    }
    line(
        "  %s: IOPS=%s, BW=%s/s (%s)(%s/%s)",
        name,
        Units.count(Units.perSecond(result.transfers(), nanos)),
        Units.bytes(Units.perSecond(result.bytes(), nanos)),
        Units.decimalBytes(Units.perSecond(result.bytes(), nanos)) + "/s",
        Units.bytes(result.bytes()),
        Units.time(nanos));
    latency("clat", result.latency());
  }

  private void latency(String name, Histogram histogram) {
    Units.Scale scale = Units.Scale.of(histogram.getMean());
    line(
        "    %s (%s): min=%s, max=%s, avg=%s, stdev=%s",
        name,
        scale.unit(),
        scale.show(histogram.getMinValue()),
        scale.show(histogram.getMaxValue()),
        scale.show(histogram.getMean()),
        scale.show(histogram.getStdDeviation()));
    line("    %s percentiles (%s):", name, scale.unit());
    List<String> cells = new ArrayList<>();
    for (double percentile : PERCENTILES) {
      cells.add(
          String.format(
              Locale.ROOT,
              "%5.2fth=[%8s]",
              percentile,
              scale.show(histogram.getValueAtPercentile(percentile))));
    }
    for (int i = 0; i < cells.size(); i += PERCENTILES_PER_LINE) {
      line(
          "     | %s",
          String.join(", ", cells.subList(i, Math.min(cells.size(), i + PERCENTILES_PER_LINE))));
    }
  }

  private void status(int number, JobResult result) {
    line("Run status group %d (all jobs):", number);
    status("READ", result.read(), result.runtimeNanos());
    status("WRITE", result.write(), result.runtimeNanos());
    out.append('\n');
  }

  private void status(String name, DirectionResult result, long nanos) {
    if (result.transfers() > 0) {
      line(
          "  %5s: bw=%s/s, io=%s, run=%s",
          name,
          Units.bytes(Units.perSecond(result.bytes(), nanos)),
          Units.bytes(result.bytes()),
          Units.time(nanos));
    }
  }

  private void layers(RunReport report) {
    line("Layers:");
    PageCacheCounters before = report.before().pageCache();
    PageCacheCounters after = report.after().pageCache();
    long hits = after.hits() - before.hits();
    long misses = after.misses() - before.misses();
    line(
        "  page cache   hits=%d (%.2f%%), misses=%d, evicted=%d, refaulted=%d",
        hits,
        hits + misses == 0 ? 0.0 : 100.0 * hits / (hits + misses),
        misses,
        after.evicted() - before.evicted(),
        after.refaulted() - before.refaulted());
    line(
        "  readahead    pages=%d, used=%d, wasted=%d",
        after.readaheadPages() - before.readaheadPages(),
        after.readaheadUsed() - before.readaheadUsed(),
        after.readaheadWasted() - before.readaheadWasted());
    line(
        "  writeback    dirtied=%d, written=%d, errors=%d",
        after.dirtied() - before.dirtied(),
        after.written() - before.written(),
        after.writeErrors() - before.writeErrors());
    for (Map.Entry<String, DeviceCounters> device : report.after().devices().entrySet()) {
      DeviceCounters old = report.before().devices().get(device.getKey());
      if (old != null) {
        device(device.getKey(), old, device.getValue());
      }
    }
  }

  private void device(String name, DeviceCounters before, DeviceCounters after) {
    long requests =
        after.readRequests()
            - before.readRequests()
            + after.writeRequests()
            - before.writeRequests();
    long total = after.readNanos() - before.readNanos() + after.writeNanos() - before.writeNanos();
    long device = after.deviceNanos() - before.deviceNanos();
    line(
        "  %-12s ios=%d/%d, merge=%d/%d, sectors=%d/%d, flushes=%d",
        name,
        after.readRequests() - before.readRequests(),
        after.writeRequests() - before.writeRequests(),
        after.readMerges() - before.readMerges(),
        after.writeMerges() - before.writeMerges(),
        after.readSectors() - before.readSectors(),
        after.writeSectors() - before.writeSectors(),
        after.flushRequests() - before.flushRequests());
    line(
        "  %-12s queue=%s, device=%s a request; busy=%s",
        "",
        Units.time(requests == 0 ? 0 : Math.max(0, total - device) / requests),
        Units.time(requests == 0 ? 0 : device / requests),
        Units.time(after.busyNanos() - before.busyNanos()));
  }
}
