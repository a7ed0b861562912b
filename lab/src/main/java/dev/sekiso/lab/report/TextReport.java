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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A run's report as text, the way fio writes it, followed by one table of the layers. */
public final class TextReport {

  private static final double[] PERCENTILES = {
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
  };
  private static final int PERCENTILES_PER_LINE = 4;
  private static final int CLASSES_PER_LINE = 5;
  private static final int NANOS_PER_MILLISECOND = 1_000_000;
  private static final double KIBIBYTE = 1024;

  private final StringBuilder out = new StringBuilder();

  private TextReport() {}

  /** The whole text, lines ended by '\n'. */
  public static String of(RunReport report) {
    TextReport text = new TextReport();
    List<JobResult> groups = report.groups();
    text.headers(report);
    report.reported().forEach(result -> text.job(result, groups.get(result.job().group())));
    groups.forEach(group -> text.status(group, report.jobsOf(group.job().group())));
    text.disks(report);
    text.out.append('\n');
    text.layers(report);
    return text.out.toString();
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void header(JobResult result) {
    Job job = result.job();
    line(
        "%s: (g=%d): rw=%s, bs=(R) %s, (W) %s, (T) %s, ioengine=%s, iodepth=%d",
        job.name(),
        job.group(),
        job.pattern().word(),
        range(job.readBlockSize()),
        range(job.writeBlockSize()),
        range(job.trimBlockSize()),
        job.engine().word(),
        job.ioDepth());
  }

  private static String range(int blockSize) {
    return blockSize < 10_000
        ? blockSize + "B-" + blockSize + "B"
        : Units.bytes(blockSize) + "-" + Units.bytes(blockSize);
  }

  /** A line per section; clones of it are three dots, as in fio. */
  private void headers(RunReport report) {
    Job before = null;
    boolean dots = false;
    for (JobResult result : report.jobs()) {
      boolean clone = before != null && before.name().equals(result.job().name());
      if (!clone) {
        header(result);
        dots = false;
      } else if (!dots) {
        line("...");
        dots = true;
      }
      before = result.job();
    }
    int tasks = report.jobs().size();
    line("Starting %d %s", tasks, tasks == 1 ? "task" : "tasks");
    out.append('\n');
  }

  private void job(JobResult result, JobResult group) {
    Job job = result.job();
    line(
        "%s: (groupid=%d, jobs=%d): err=%2d%s",
        job.name(),
        job.group(),
        result.jobs(),
        result.failure() == null ? 0 : result.failure().errno().number(),
        result.failure() == null ? "" : ": " + result.failure().getMessage());
    direction("read", result.read(), result.runtimeNanos(), bandwidth(group, group.read()), "");
    direction(
        "write",
        result.write(),
        result.runtimeNanos(),
        bandwidth(group, group.write()),
        "; 0 zone resets");
    direction("trim", result.trim(), result.runtimeNanos(), bandwidth(group, group.trim()), "");
    classes(result.transfers().latency());
    if (result.sync().transfers() > 0) {
      line("  fsync/fdatasync/sync_file_range:");
      moments("sync", result.sync().latency());
      percentiles("sync", result.sync().latency());
    }
    effort(result);
  }

  private static double bandwidth(JobResult group, DirectionResult result) {
    return Units.perSecond(result.bytes(), group.runtimeNanos());
  }

  private void direction(
      String name, DirectionResult result, long nanos, double groupBandwidth, String end) {
    if (result.transfers() == 0) {
      return;
    }
    double bandwidth = Units.perSecond(result.bytes(), nanos);
    line(
        "  %s: IOPS=%s, BW=%s/s (%s/s)(%s/%s)%s",
        name,
        Units.count(Units.perSecond(result.transfers(), nanos)),
        Units.bytes(bandwidth),
        Units.decimalBytes(bandwidth),
        Units.bytes(result.bytes()),
        Units.time(nanos),
        end);
    if (result.submission().count() > 0) {
      moments("slat", result.submission());
    }
    moments("clat", result.completion());
    moments(" lat", result.latency());
    percentiles("clat", result.completion());
    samples(result, groupBandwidth);
  }

  private void samples(DirectionResult result, double groupBandwidth) {
    RateSamples bandwidth = result.bandwidth();
    if (bandwidth.count() == 0) {
      return;
    }
    double share = 100 * bandwidth.mean() * KIBIBYTE / groupBandwidth;
    boolean large = bandwidth.mean() > KIBIBYTE * KIBIBYTE;
    double unit = large ? KIBIBYTE : 1;
    line(
        "   bw (  %s/s): min=%5.0f, max=%5.0f, per=%3.2f%%, avg=%5.2f, stdev=%5.2f, samples=%d",
        large ? "MiB" : "KiB",
        bandwidth.least() / unit,
        bandwidth.most() / unit,
        Math.min(100, share),
        bandwidth.mean() / unit,
        bandwidth.deviation() / unit,
        bandwidth.count());
    RateSamples rate = result.rate();
    line(
        "   iops        : min=%5.0f, max=%5.0f, avg=%5.2f, stdev=%5.2f, samples=%d",
        rate.least(), rate.most(), rate.mean(), rate.deviation(), rate.count());
  }

  private void moments(String name, Latencies latencies) {
    Units.Scale scale = Units.Scale.of(latencies.least(), latencies.most(), latencies.deviation());
    line(
        "    %s (%s): min=%s, max=%s, avg=%5.2f, stdev=%5.2f",
        name,
        scale.unit(),
        scale.whole(latencies.least()),
        scale.whole(latencies.most()),
        scale.in(latencies.mean()),
        scale.in(latencies.deviation()));
  }

  private void percentiles(String name, Latencies latencies) {
    Units.Scale scale =
        Units.Scale.of(latencies.atPercentile(PERCENTILES[0]), latencies.most(), Double.MAX_VALUE);
    line("    %s percentiles (%s):", name, scale.unit());
    List<String> cells = new ArrayList<>();
    for (double percentile : PERCENTILES) {
      cells.add(
          String.format(
              Locale.ROOT,
              "%5.2fth=[%5s]",
              percentile,
              scale.whole(latencies.atPercentile(percentile))));
    }
    rows("     | ", cells);
  }

  /** Cells with commas between and at the end of each line but the last. */
  private void rows(String start, List<String> cells) {
    for (int i = 0; i < cells.size(); i += PERCENTILES_PER_LINE) {
      int next = Math.min(cells.size(), i + PERCENTILES_PER_LINE);
      String end = next < cells.size() ? "," : "";
      line("%s%s%s", start, String.join(", ", cells.subList(i, next)), end);
    }
  }

  private void classes(Latencies latencies) {
    for (LatencyClasses.Unit unit : LatencyClasses.Unit.values()) {
      List<String> cells = new ArrayList<>();
      for (LatencyClasses.Share share : LatencyClasses.of(latencies, unit)) {
        if (share.percent() > 0) {
          cells.add(String.format(Locale.ROOT, "%s=%.2f%%", share.bound(), share.percent()));
        }
      }
      String start = "  lat (" + unit.name().toLowerCase(Locale.ROOT) + ")   : ";
      for (int i = 0; i < cells.size(); i += CLASSES_PER_LINE) {
        int next = Math.min(cells.size(), i + CLASSES_PER_LINE);
        line("%s%s", start, String.join(", ", cells.subList(i, next)));
      }
    }
  }

  private void effort(JobResult result) {
    JobEffort effort = result.effort();
    line(
        "  cpu          : usr=%3.2f%%, sys=%3.2f%%, ctx=%d, majf=0, minf=0",
        0.0, effort.systemPercent(), effort.contextSwitches());
    line("  IO depths    : %s", depths(JsonReport.IN_FLIGHT, effort.inFlight()));
    line("     submit    : %s", depths(JsonReport.PER_CALL, effort.submitted()));
    line("     complete  : %s", depths(JsonReport.PER_CALL, effort.completed()));
    line(
        "     issued rwts: total=%d,%d,%d,%d short=%d,%d,%d,0 dropped=0,0,0,0",
        result.read().transfers(),
        result.write().transfers(),
        result.trim().transfers(),
        result.sync().transfers(),
        result.read().shortTransfers(),
        result.write().shortTransfers(),
        result.trim().shortTransfers());
    line(
        "     latency   : target=0, window=0, percentile=100.00%%, depth=%d",
        result.job().ioDepth());
  }

  private static String depths(List<String> names, DepthCounts counts) {
    double[] percentages = counts.percentages();
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < percentages.length; i++) {
      cells.add(String.format(Locale.ROOT, "%s=%.1f%%", names.get(i), percentages[i]));
    }
    return String.join(", ", cells);
  }

  private void status(JobResult group, List<JobResult> jobs) {
    out.append('\n');
    line("Run status group %d (all jobs):", group.job().group());
    status("READ", group, jobs, JobResult::read);
    status("WRITE", group, jobs, JobResult::write);
    status("TRIM", group, jobs, JobResult::trim);
  }

  private void status(
      String name,
      JobResult group,
      List<JobResult> jobs,
      Function<JobResult, DirectionResult> direction) {
    List<JobResult> moved =
        jobs.stream().filter(job -> direction.apply(job).transfers() > 0).toList();
    if (moved.isEmpty()) {
      return;
    }
    double[] rates =
        moved.stream()
            .mapToDouble(job -> Units.perSecond(direction.apply(job).bytes(), job.runtimeNanos()))
            .sorted()
            .toArray();
    long[] times = moved.stream().mapToLong(JobResult::runtimeNanos).sorted().toArray();
    double slowest = rates[0];
    double fastest = rates[rates.length - 1];
    long bytes = direction.apply(group).bytes();
    double all = Units.perSecond(bytes, times[times.length - 1]);
    line(
        "  %5s: bw=%s/s (%s/s), %s/s-%s/s (%s/s-%s/s), io=%s (%s), run=%s",
        name,
        Units.bytes(all),
        Units.decimalBytes(all),
        Units.bytes(slowest),
        Units.bytes(fastest),
        Units.decimalBytes(slowest),
        Units.decimalBytes(fastest),
        Units.bytes(bytes),
        Units.decimalBytes(bytes),
        Units.timeRange(times[0], times[times.length - 1]));
  }

  private void disks(RunReport report) {
    out.append('\n');
    line("Disk stats (read/write):");
    long elapsed = report.after().nanos() - report.before().nanos();
    for (String name : report.lowestDevices()) {
      DeviceCounters before = report.before().devices().get(name);
      if (before != null) {
        disk(name, before, report.after().devices().get(name), elapsed);
      }
    }
  }

  private void disk(String name, DeviceCounters before, DeviceCounters after, long elapsed) {
    long readTicks = (after.readNanos() - before.readNanos()) / NANOS_PER_MILLISECOND;
    long writeTicks = (after.writeNanos() - before.writeNanos()) / NANOS_PER_MILLISECOND;
    line(
        "  %s: ios=%d/%d, merge=%d/%d, ticks=%d/%d, in_queue=%d, util=%3.2f%%",
        name,
        after.readRequests() - before.readRequests(),
        after.writeRequests() - before.writeRequests(),
        after.readMerges() - before.readMerges(),
        after.writeMerges() - before.writeMerges(),
        readTicks,
        writeTicks,
        readTicks + writeTicks,
        elapsed == 0 ? 0.0 : 100.0 * (after.busyNanos() - before.busyNanos()) / elapsed);
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
    report.controlGroups().forEach(this::controlGroup);
  }

  private static final List<String> GROUP_MEMORY =
      List.of(
          "file",
          "file_dirty",
          "file_writeback",
          "workingset_refault_file",
          "workingset_activate_file",
          "pgscan",
          "pgsteal");

  private static final List<String> GROUP_IO = List.of("rbytes", "wbytes", "rios", "wios");

  private void controlGroup(String path, GroupReport group) {
    line("  %-12s %s", path, chosen(GROUP_MEMORY.subList(0, 3), group.memory()));
    line("  %-12s %s", "", chosen(GROUP_MEMORY.subList(3, GROUP_MEMORY.size()), group.memory()));
    group
        .devices()
        .forEach((name, stat) -> line("  %-12s %s: %s", "", name, chosen(GROUP_IO, stat)));
  }

  private static String chosen(List<String> names, Map<String, Long> values) {
    return names.stream()
        .map(name -> name + "=" + values.getOrDefault(name, 0L))
        .collect(Collectors.joining(", "));
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
    long discards = after.discardRequests() - before.discardRequests();
    if (discards > 0) {
      line(
          "  %-12s discards=%d, sectors=%d",
          "", discards, after.discardSectors() - before.discardSectors());
    }
    line(
        "  %-12s queue=%s, device=%s a request; busy=%s",
        "",
        Units.time(requests == 0 ? 0 : Math.max(0, total - device) / requests),
        Units.time(requests == 0 ? 0 : device / requests),
        Units.time(after.busyNanos() - before.busyNanos()));
  }
}
