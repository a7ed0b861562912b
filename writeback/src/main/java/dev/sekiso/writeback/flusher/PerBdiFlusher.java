package dev.sekiso.writeback.flusher;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.Timer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.Flusher;

/**
 * {@code per-bdi}: a task for every device and control group (Linux 2.6.32 and later, {@code
 * wb_workfn}).
 *
 * <p>The task sleeps until it is due: at once when work is queued, or when the timer that the first
 * dirty inode has set runs out. After a run it sets the timer again if anything is still dirty, so
 * rounds follow each other in the interval of {@code dirty_writeback_centisecs} as long as there is
 * something to do, and a clean device costs nothing.
 */
public final class PerBdiFlusher implements Flusher {

  @Override
  public Duty takeCharge(BdiWriteback writeback) {
    Worker worker = new Worker(writeback);
    worker.start();
    return worker;
  }

  /**
   * One task and its alarm. The monitor guards the alarm; {@code due} is set before the task is
   * woken and taken by the task before it looks for work, so no announcement is lost.
   */
  private static final class Worker implements Duty {

    private final BdiWriteback writeback;
    private final Machine machine;
    private final WaitQueue alarm;
    private final WaitQueue ending;
    private Timer timer;
    private volatile boolean due;
    private volatile boolean last;
    private volatile boolean ended;

    Worker(BdiWriteback writeback) {
      this.writeback = writeback;
      this.machine = writeback.machine();
      this.alarm = machine.newWaitQueue("alarm of " + writeback);
      this.ending = machine.newWaitQueue("end of " + writeback);
    }

    void start() {
      machine.spawn(
          writeback.toString(),
          TaskKind.DAEMON,
          TaskContext.ROOT.withCgroup(writeback.cgroup()),
          this::work);
    }

    private void work() {
      try {
        boolean goOn = true;
        while (goOn) {
          alarm.await(writeback, () -> due || last);
          goOn = !last;
          due = false;
          do {
            writeback.writeOut();
          } while (writeback.hasQueuedWork());
          if (goOn && writeback.hasDirtyIo()) {
            wakeLater();
          }
        }
      } finally {
        ended = true;
        ending.wakeAll();
      }
    }

    @Override
    public void wake() {
      synchronized (this) {
        cancelTimer();
      }
      ring();
    }

    @Override
    public void wakeLater() {
      long interval = writeback.settings().writebackIntervalNanos();
      synchronized (this) {
        if (interval > 0 && !due && !last && timer == null) {
          timer = machine.schedule(writeback.toString(), interval, this::timerExpired);
        }
      }
    }

    private void timerExpired() {
      synchronized (this) {
        timer = null;
      }
      ring();
    }

    private void cancelTimer() {
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }

    private void ring() {
      due = true;
      alarm.wakeAll();
    }

    @Override
    public void end() {
      synchronized (this) {
        last = true;
        cancelTimer();
      }
      alarm.wakeAll();
      ending.await(writeback, () -> ended);
    }
  }
}
