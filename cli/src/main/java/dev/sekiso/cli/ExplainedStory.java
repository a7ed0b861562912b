package dev.sekiso.cli;

import dev.sekiso.machine.TraceEvent;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What happened between the beginning and the end of an explained call.
 *
 * @param title what kind of stack it was, when there are several stories
 * @param events in the order of time
 * @param start when the call began, by the machine's clock
 * @param nanos how long the call took
 * @param end what it returned, or how it failed
 * @param afterwards what it left
 * @param code the command's exit code
 */
record ExplainedStory(
    String title,
    List<TraceEvent> events,
    long start,
    long nanos,
    String end,
    String afterwards,
    int code) {

  private static final double NANOS_PER_MICROSECOND = 1000;

  /** Columns of one of several stories. */
  private static final int STORY_WIDTH = 52;

  private static final String BETWEEN = " | ";

  /** In front of what did not go into a story's line. */
  private static final String CONTINUATION = " ".repeat(12);

  /** How the trace's systems are called here. */
  private static final Map<String, String> LAYERS =
      Map.ofEntries(
          Map.entry("syscalls", "system call"),
          Map.entry("ftrace", "VFS"),
          Map.entry("filemap", "page cache"),
          Map.entry("readahead", "readahead"),
          Map.entry("writeback", "writeback"),
          Map.entry("vmscan", "reclaim"),
          Map.entry("block", "block queue"),
          Map.entry("sched", "machine"),
          Map.entry("timer", "machine"));

  ExplainedStory {
    events = List.copyOf(events);
  }

  void print(PrintStream out) {
    out.printf("%12s  %-11s  %-16s  %s%n", "time (us)", "layer", "task", "what happens");
    for (TraceEvent event : events) {
      out.printf(
          Locale.ROOT,
          "%12.3f  %-11s  %-16s  %s%n",
          micros(event),
          LAYERS.getOrDefault(event.point().system(), event.point().system()),
          event.taskName(),
          what(event));
    }
    out.printf(Locale.ROOT, "%12.3f  %s%n", nanos / NANOS_PER_MICROSECOND, end);
    out.printf("%12s  %s%n", "", afterwards);
  }

  /** Prints several stories in columns beside each other. */
  static void printSideBySide(PrintStream out, List<ExplainedStory> stories) {
    List<List<String>> columns = stories.stream().map(ExplainedStory::column).toList();
    int rows = columns.stream().mapToInt(List::size).max().orElse(0);
    for (int row = 0; row < rows; row++) {
      List<String> cells = new ArrayList<>();
      for (List<String> column : columns) {
        String cell = row < column.size() ? column.get(row) : "";
        cells.add(String.format("%-" + STORY_WIDTH + "s", cell));
      }
      out.println(String.join(BETWEEN, cells).stripTrailing());
    }
  }

  private List<String> column() {
    List<String> lines = new ArrayList<>();
    addWrapped(lines, title);
    lines.add("-".repeat(STORY_WIDTH));
    for (TraceEvent event : events) {
      addWrapped(lines, String.format(Locale.ROOT, "%9.3f %s", micros(event), what(event)));
    }
    addWrapped(lines, String.format(Locale.ROOT, "%9.3f %s", nanos / NANOS_PER_MICROSECOND, end));
    addWrapped(lines, " ".repeat(10) + afterwards);
    return lines;
  }

  /** Breaks a line between words where it would be too wide, and indents what follows. */
  private static void addWrapped(List<String> lines, String text) {
    String rest = text;
    while (rest.length() > STORY_WIDTH) {
      int end = rest.lastIndexOf(' ', STORY_WIDTH);
      if (end <= CONTINUATION.length()) {
        end = STORY_WIDTH;
      }
      lines.add(rest.substring(0, end).stripTrailing());
      rest = CONTINUATION + rest.substring(end).stripLeading();
    }
    lines.add(rest);
  }

  private double micros(TraceEvent event) {
    return (event.nanoTime() - start) / NANOS_PER_MICROSECOND;
  }

  private static String what(TraceEvent event) {
    StringBuilder text = new StringBuilder(event.point().name());
    for (int i = 0; i < event.values().size(); i++) {
      text.append(' ').append(event.point().fields().get(i)).append('=');
      text.append(event.values().get(i));
    }
    return text.toString();
  }
}
