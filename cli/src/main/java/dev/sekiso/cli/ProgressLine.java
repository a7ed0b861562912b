package dev.sekiso.cli;

import dev.sekiso.lab.report.Units;
import dev.sekiso.lab.run.Progress;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A line on the error stream that says how far a command has come, gone when the command ends:
 * percent, time used and left, rates in the machine's time and, where that is not the same, in real
 * time.
 *
 * <p>A thread of its own looks at the run's {@link Progress} now and then, so that what runs is not
 * held up by being looked at.
 */
abstract class ProgressLine implements AutoCloseable {

  /** Shows nothing. */
  static final ProgressLine NONE =
      new ProgressLine() {
        @Override
        void watch(Progress progress, String what, double from, double to) {}

        @Override
        void show(double done, String what) {}

        @Override
        public void close() {}
      };

  /** Columns of the terminal that the error stream is, as the launcher found; 0 for none. */
  static int terminalColumns() {
    return Integer.getInteger("sekiso.columns", 0);
  }

  static ProgressLine on(PrintStream err, String task) {
    return new Shown(err, task);
  }

  /**
   * Looks at another run from now on.
   *
   * @param what a word about the run; may be empty
   * @param from share of the whole that is done when the run starts, 0 to 1
   * @param to share of the whole that is done when it ends
   */
  abstract void watch(Progress progress, String what, double from, double to);

  /**
   * Says how far it has come, for what is not a run on a stack.
   *
   * @param done share of the whole, 0 to 1
   * @param what a word about it; may be empty
   */
  abstract void show(double done, String what);

  @Override
  public abstract void close();

  /** What is looked at. */
  private record View(Progress progress, String what, double from, double to, long startNanos) {}

  /** What was said. */
  private record Told(double done, String what) {}

  private static final class Shown extends ProgressLine {

    private static final int DEFAULT_COLUMNS = 80;
    private static final int STEPS = 1000;
    private static final int STEPS_PER_PERCENT = 10;
    private static final int LOOK_MILLIS = 200;
    private static final double NANOS_PER_SECOND = 1e9;

    /** Percent, times, and a bar that is still one; what the task's name and message leave. */
    private static final int COLUMNS_OF_BAR = 50;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread watcher;
    private final ProgressBar bar;
    private volatile View view;
    private volatile Told told;

    /** Columns that are left for the message. */
    private final int room;

    Shown(PrintStream err, String task) {
      int columns = terminalColumns() > 0 ? terminalColumns() : DEFAULT_COLUMNS;
      room = Math.max(0, columns - COLUMNS_OF_BAR - task.length());
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(STEPS)
              .setUnit("%", STEPS_PER_PERCENT)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(LOOK_MILLIS)
              .setConsumer(new DelegatingProgressBarConsumer(line -> print(err, line), columns - 1))
              .clearDisplayOnFinish()
              .build();
      watcher = Thread.ofPlatform().daemon().name("sekiso progress").start(this::look);
    }

    private static void print(PrintStream err, String line) {
      err.print('\r' + line);
      err.flush();
    }

    @Override
    void watch(Progress progress, String what, double from, double to) {
      view = new View(progress, what, from, to, System.nanoTime());
    }

    @Override
    void show(double done, String what) {
      told = new Told(done, what);
    }

    private void look() {
      try {
        do {
          show(view);
        } while (!ended.await(LOOK_MILLIS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void show(View seen) {
      Told said = told;
      if (said != null) {
        bar.stepTo(Math.round(said.done * STEPS));
        bar.setExtraMessage(" " + said.what);
      }
      if (seen == null) {
        return;
      }
      Progress.Snapshot now = seen.progress.snapshot();
      double done = seen.from + (seen.to - seen.from) * now.done();
      bar.stepTo(Math.round(done * STEPS));
      bar.setExtraMessage(message(seen, now));
    }

    /** As much as there is room for, so that nothing is cut in the middle. */
    private String message(View seen, Progress.Snapshot now) {
      List<String> wordings =
          switch (now.stage()) {
            case STARTING -> List.of("building the stack");
            case LAYING_OUT -> List.of("making the files");
            case RUNNING -> rates(seen, now);
          };
      String what = seen.what.isEmpty() ? "" : seen.what + ": ";
      return wordings.stream()
          .map(wording -> " " + what + wording)
          .filter(text -> text.length() <= room)
          .findFirst()
          .orElseGet(() -> shortened(" " + what + wordings.getLast()));
    }

    private String shortened(String text) {
      return room < 2 ? "" : text.length() <= room ? text : text.substring(0, room - 1) + "…";
    }

    /** The longest wording first. */
    private static List<String> rates(View seen, Progress.Snapshot now) {
      double realRate = Units.perSecond(now.bytes(), System.nanoTime() - seen.startNanos);
      String rate = Units.bytes(Units.perSecond(now.bytes(), now.nanos())) + "/s";
      String more =
          String.format(
              Locale.ROOT,
              "%s, %s IOPS, %.2fs",
              rate,
              Units.count(Units.perSecond(now.transfers(), now.nanos())),
              now.nanos() / NANOS_PER_SECOND);
      return List.of(more + "; real " + Units.bytes(realRate) + "/s", more, rate);
    }

    @Override
    public void close() {
      ended.countDown();
      try {
        watcher.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      show(view);
      bar.close();
    }
  }
}
