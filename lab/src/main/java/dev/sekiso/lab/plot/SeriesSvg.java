package dev.sekiso.lab.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A series as a picture in SVG: above, dirty memory and what it is held to; below, how fast each
 * job wrote and how fast writeback cleaned.
 *
 * <p>What is being written counts against the limit as what is dirty does, so it stands on top of
 * that: the upper edge is what limit and setpoint are about.
 */
public final class SeriesSvg {

  private static final int WIDTH = 1000;
  private static final int HEIGHT = 640;
  private static final int LEFT = 78;
  private static final int RIGHT = 770;
  private static final int LEGEND = RIGHT + 22;
  private static final int UPPER_TOP = 52;
  private static final int UPPER_BOTTOM = 316;
  private static final int LOWER_TOP = 366;
  private static final int LOWER_BOTTOM = 582;
  private static final int LINE = 21;
  private static final int NAME_CHARACTERS = 24;

  /** A rate is the mean over so many pixels or more: single transfers and rests would be a comb. */
  private static final int RATE_PIXELS = 12;

  private static final String NOT_FILLED = "";
  private static final String SOLID = "";

  /** A peak so many times what is usual would press all else flat, and is cut off. */
  private static final double PEAK_FACTOR = 3;

  private static final double PAGES_PER_MEBIBYTE = 256;
  private static final double BYTES_PER_MEBIBYTE = 1 << 20;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int PAGE_SIZE = 4096;

  /** Okabe and Ito's colours, which colour-blind readers tell apart as well. */
  private static final List<String> WRITER_COLOURS =
      List.of(
          "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8a8a00", "#6a3d9a");

  private final TimeSeries series;
  private final String title;
  private final StringBuilder out = new StringBuilder();
  private final TimeUnit unit;
  private final Axis time;

  /** The unit of the time axis. */
  private enum TimeUnit {
    MICROSECONDS("µs", 1e3),
    MILLISECONDS("ms", 1e6),
    SECONDS("s", 1e9);

    private final String text;
    private final double nanos;

    TimeUnit(String text, double nanos) {
      this.text = text;
      this.nanos = nanos;
    }

    static TimeUnit of(long nanos) {
      if (nanos >= 2 * SECONDS.nanos) {
        return SECONDS;
      }
      return nanos >= 2 * MILLISECONDS.nanos ? MILLISECONDS : MICROSECONDS;
    }
  }

  private record Point(double x, double y) {}

  /**
   * A line, or, with a fill, what is below it.
   *
   * @param width of the line; 0 for none
   */
  private record Curve(
      String name, String colour, String dash, String fill, double width, List<Point> points) {
    /** Of a hundred points, all but the two or three highest are at most that. */
    double usual() {
      double[] sorted = points.stream().mapToDouble(Point::y).sorted().toArray();
      return sorted.length == 0 ? 0 : sorted[(int) (sorted.length * 0.975)];
    }

    boolean isFilled() {
      return !fill.isEmpty();
    }

    double most() {
      return points.stream().mapToDouble(Point::y).max().orElse(0);
    }
  }

  private SeriesSvg(TimeSeries series, String title) {
    this.series = series;
    this.title = title;
    long end = series.samples().isEmpty() ? 0 : series.samples().getLast().nanos();
    this.unit = TimeUnit.of(end);
    this.time = Axis.of(end / unit.nanos, LEFT, RIGHT, 10);
  }

  /** The picture as XML; the title stands on top of it. */
  public static String of(TimeSeries series, String title) {
    return new SeriesSvg(series, title).draw();
  }

  private String draw() {
    element(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
            + " height=\"%d\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    element("<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>");
    element(
        "<text x=\"%d\" y=\"28\" font-size=\"16\" font-weight=\"bold\">%s</text>",
        LEFT, escaped(title));
    panel("dirty memory (MiB)", UPPER_TOP, UPPER_BOTTOM, memory());
    panel("write rate (MiB/s)", LOWER_TOP, LOWER_BOTTOM, rates());
    for (double tick : time.ticks()) {
      text(time.at(tick), LOWER_BOTTOM + 19, "middle", time.label(tick));
    }
    text((LEFT + RIGHT) / 2.0, LOWER_BOTTOM + 42, "middle", "time (" + unit.text + ")");
    out.append("</svg>\n");
    return out.toString();
  }

  private List<Curve> memory() {
    return List.of(
        amount("limit", "#c00000", SOLID, NOT_FILLED, 1.5, TimeSeries.Sample::limit),
        amount("setpoint", "#c00000", "7 4", NOT_FILLED, 1.5, TimeSeries.Sample::setpoint),
        amount(
            "background threshold",
            "#606060",
            "2 4",
            NOT_FILLED,
            1.5,
            TimeSeries.Sample::background),
        amount(
            "dirty + under writeback",
            "#3d8fc6",
            SOLID,
            "#bfe0f4",
            1.2,
            sample -> sample.dirty() + sample.writeback()),
        amount("dirty", "#303030", SOLID, "#8a8a8a", 1.2, TimeSeries.Sample::dirty));
  }

  private Curve amount(
      String name,
      String colour,
      String dash,
      String fill,
      double width,
      ToDoubleFunction<TimeSeries.Sample> pages) {
    List<Point> points =
        series.samples().stream()
            .map(sample ->
                new Point(
                    sample.nanos() / unit.nanos, pages.applyAsDouble(sample) / PAGES_PER_MEBIBYTE))
            .toList();
    return new Curve(name, colour, dash, fill, width, points);
  }

  private List<Curve> rates() {
    List<Curve> curves = new ArrayList<>();
    curves.add(
        rate(
            "writeback, all",
            "#b0b0b0",
            "#e6e6e6",
            1,
            sample -> (double) sample.cleaned() * PAGE_SIZE));
    for (int i = 0; i < series.writers().size(); i++) {
      int writer = i;
      String colour = WRITER_COLOURS.get(i % WRITER_COLOURS.size());
      curves.add(
          rate(
              series.writers().get(i),
              colour,
              NOT_FILLED,
              1.6,
              sample -> sample.written().get(writer)));
    }
    return curves;
  }

  /** Steps: each holds the mean rate of its stretch of time. */
  private Curve rate(
      String name,
      String colour,
      String fill,
      double width,
      ToDoubleFunction<TimeSeries.Sample> bytes) {
    List<Point> points = new ArrayList<>();
    List<TimeSeries.Sample> samples = series.samples();
    double pixels = time.most() * unit.nanos / (RIGHT - LEFT);
    TimeSeries.Sample before = samples.isEmpty() ? null : samples.getFirst();
    for (TimeSeries.Sample sample : samples) {
      long nanos = sample.nanos() - before.nanos();
      boolean last = sample == samples.getLast();
      if (nanos <= 0 || (nanos < RATE_PIXELS * pixels && !last)) {
        continue;
      }
      double moved = bytes.applyAsDouble(sample) - bytes.applyAsDouble(before);
      double rate = moved / BYTES_PER_MEBIBYTE / (nanos / NANOS_PER_SECOND);
      points.add(new Point(before.nanos() / unit.nanos, rate));
      points.add(new Point(sample.nanos() / unit.nanos, rate));
      before = sample;
    }
    return new Curve(name, colour, SOLID, fill, width, points);
  }

  private void panel(String name, int top, int bottom, List<Curve> curves) {
    double peak = curves.stream().mapToDouble(Curve::most).max().orElse(0);
    double usual = curves.stream().mapToDouble(Curve::usual).max().orElse(0);
    boolean cut = peak > PEAK_FACTOR * usual && usual > 0;
    Axis axis = Axis.of((cut ? usual * 1.5 : peak) * 1.02, bottom, top, 6).toWholeStep();
    if (cut) {
      String note = String.format(Locale.ROOT, "cut off: peaks up to %.0f", peak);
      text(RIGHT, top - 6, "end", note);
    }
    for (double tick : time.ticks()) {
      double x = time.at(tick);
      element("<path d=\"M%.1f %dV%d\" stroke=\"#eeeeee\"/>", x, top, bottom);
    }
    for (double tick : axis.ticks()) {
      double y = axis.at(tick);
      element("<path d=\"M%d %.1fH%d\" stroke=\"#e0e0e0\"/>", LEFT, y, RIGHT);
      text(LEFT - 8, y + 4.5, "end", axis.label(tick));
    }
    element(
        "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        (top + bottom) / 2, name);
    int y = top + 10;
    // Areas lie behind lines, whatever the order of the legend.
    curves.stream().filter(Curve::isFilled).forEach(curve -> curve(curve, axis));
    curves.stream().filter(curve -> !curve.isFilled()).forEach(curve -> curve(curve, axis));
    element(
        "<path d=\"M%d %dV%dH%d\" stroke=\"#404040\" fill=\"none\"/>", LEFT, top, bottom, RIGHT);
    for (Curve curve : curves) {
      legend(curve, y);
      y += LINE;
    }
  }

  private void curve(Curve curve, Axis axis) {
    if (curve.points().isEmpty()) {
      return;
    }
    StringBuilder points = new StringBuilder();
    for (Point point : curve.points()) {
      points.append(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f ",
              time.at(point.x()),
              axis.at(Math.min(point.y(), axis.most()))));
    }
    if (curve.isFilled()) {
      element(
          "<polygon points=\"%.1f,%.1f %s%.1f,%.1f\" fill=\"%s\"/>",
          time.at(curve.points().getFirst().x()),
          axis.at(0),
          points,
          time.at(curve.points().getLast().x()),
          axis.at(0),
          curve.fill());
    }
    element(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\""
            + " stroke-linejoin=\"round\"%s/>",
        points.toString().strip(), curve.colour(), curve.width(), dash(curve));
  }

  private void legend(Curve curve, int y) {
    if (curve.isFilled()) {
      element(
          "<rect x=\"%d\" y=\"%d\" width=\"26\" height=\"12\" fill=\"%s\"/>",
          LEGEND, y - 6, curve.fill());
    }
    element(
        "<path d=\"M%d %dh26\" stroke=\"%s\" stroke-width=\"2\"%s/>",
        LEGEND, y, curve.colour(), dash(curve));
    String name = curve.name();
    text(
        LEGEND + 34,
        y + 4.5,
        "start",
        name.length() <= NAME_CHARACTERS ? name : name.substring(0, NAME_CHARACTERS - 1) + "…");
  }

  private static String dash(Curve curve) {
    return curve.dash().isEmpty() ? "" : " stroke-dasharray=\"" + curve.dash() + "\"";
  }

  private void text(double x, double y, String anchor, String text) {
    element(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped(text));
  }

  private void element(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
