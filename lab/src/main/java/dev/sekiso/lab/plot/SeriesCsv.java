package dev.sekiso.lab.plot;

import java.util.List;
import java.util.Locale;

/**
 * A series as comma-separated values: a line per sample, with the time in seconds, amounts in pages
 * of 4 KiB, and rates in bytes a second since the line before.
 */
public final class SeriesCsv {

  private static final double NANOS_PER_SECOND = 1e9;
  private static final int PAGE_SIZE = 4096;

  private SeriesCsv() {}

  /** The whole text, lines ended by '\n'. */
  public static String of(TimeSeries series) {
    StringBuilder out =
        new StringBuilder(
            "time_s,dirty_pages,writeback_pages,background_pages,setpoint_pages,limit_pages,"
                + "writeback_bytes_per_s");
    series.writers().forEach(writer -> out.append(',').append(quoted(writer + "_bytes_per_s")));
    out.append('\n');
    TimeSeries.Sample before = null;
    for (TimeSeries.Sample sample : series.samples()) {
      line(out, sample, before == null ? sample : before);
      before = sample;
    }
    return out.toString();
  }

  private static void line(StringBuilder out, TimeSeries.Sample now, TimeSeries.Sample before) {
    double seconds = (now.nanos() - before.nanos()) / NANOS_PER_SECOND;
    out.append(
        String.format(
            Locale.ROOT,
            "%.6f,%d,%d,%d,%d,%d,%s",
            now.nanos() / NANOS_PER_SECOND,
            now.dirty(),
            now.writeback(),
            now.background(),
            now.setpoint(),
            now.limit(),
            rate((now.cleaned() - before.cleaned()) * PAGE_SIZE, seconds)));
    List<Long> written = now.written();
    for (int i = 0; i < written.size(); i++) {
      out.append(',').append(rate(written.get(i) - before.written().get(i), seconds));
    }
    out.append('\n');
  }

  private static String rate(long bytes, double seconds) {
    return Long.toString(seconds == 0 ? 0 : Math.round(bytes / seconds));
  }

  private static String quoted(String text) {
    return text.matches("[^\",\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
