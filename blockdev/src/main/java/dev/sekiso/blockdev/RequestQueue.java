package dev.sekiso.blockdev;

import dev.sekiso.blockdev.HardwareContext.Admission;
import dev.sekiso.blockdev.SubmissionFrames.Frame;
import dev.sekiso.blockdev.internal.Failures;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.SchedulerHost;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskLocal;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The real layer: bios become requests, are merged in the submitter's plug and in the scheduler,
 * given tags, flushed around, and handed to the driver ({@code block/blk-mq.c}).
 *
 * <p><b>The way of a bio.</b> {@link BioIntake} checks it and cuts it into parts. A part joins the
 * last request of the task's plug, or a request in the scheduler, if {@link MergeRules} allow. If
 * not, it waits for a tag ({@link TagPool}) and becomes a request. One that needs a flush goes to
 * the {@link FlushSequencer}; any other into the plug if there is one, else into the scheduler.
 * Then whoever put it there dispatches: takes requests from the scheduler as long as the driver has
 * room, and calls the driver. When the driver ends a request, the tag goes to the longest waiter,
 * the bios end, and whoever delivered the completion dispatches what has room now.
 *
 * <p><b>Who does what.</b> {@link HardwareContext} has the requests and decides about them, under
 * its lock. The queue acts, without a lock: calls the driver, ends bios, wakes tasks, and carries
 * out the {@link Notes} that each decision leaves. {@link QueueSettings} are what can be changed
 * meanwhile, {@link QueueChanges} how, where requests are concerned.
 *
 * <p><b>Locking.</b> The queue itself has no lock. A plug and the requests in it belong to their
 * task. A {@link Frame} belongs to its thread and bounds recursion: while a thread is in the
 * driver, what completions ask for is left to the outermost call, see {@link SubmissionFrames}.
 *
 * <p><b>Waiting.</b> Only for a tag, only in a task that is not delivering a completion and not
 * about to sleep already, and never with anything undone that others wait for. Elsewhere a bio
 * without a tag is lined up and goes on when it gets one.
 *
 * <p><b>The end of power.</b> Completions that come after the power was cut are dropped; waiters
 * are ended by the machine. A bio submitted then fails with EIO.
 */
public final class RequestQueue implements BlockDevice {

  private final Machine machine;
  private final String name;
  private final BlockDriver driver;
  private final BlockTracepoints traces;
  private final QueueSettings settings;
  private final HardwareContext context;
  private final QueueChanges changes;
  private final BioIntake intake;
  private final SubmissionFrames frames;
  private final GroupIoCounts groups = new GroupIoCounts();

  /** Null when the driver takes requests only. */
  private final BioWay shortWay;

  private volatile Runnable decongested = () -> {};
  private final TaskLocal<TaskPlug> plugs;

  /**
   * A queue over a driver.
   *
   * @param name a short name such as {@code "sda"}
   * @param scheduler makes the scheduler, such as {@code host -> new NoneScheduler()}
   */
  public RequestQueue(
      Machine machine, String name, BlockDriver driver, IoScheduler.Factory scheduler) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.name = Objects.requireNonNull(name, "name");
    this.driver = Objects.requireNonNull(driver, "driver");
    this.shortWay = driver instanceof BioDriver bios ? new BioWay(name, bios) : null;
    this.settings = new QueueSettings(driver.limits());
    this.traces = new BlockTracepoints(machine, name);
    this.intake = new BioIntake(name, driver, settings::limits, traces, this::take);
    this.frames = new SubmissionFrames(name, driver, new Submissions());
    TaskPlug.Host plugHost = new PlugHost();
    this.plugs = machine.newTaskLocal(() -> new TaskPlug(plugHost, machine, traces));
    this.context =
        new HardwareContext(machine, name, settings, traces, scheduler, new ContextHost());
    this.changes = new QueueChanges(machine, name, context, settings, this::carryOut);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sectors() {
    return driver.sectors();
  }

  @Override
  public QueueLimits limits() {
    return settings.published();
  }

  @Override
  public boolean readOnly() {
    return driver.readOnly();
  }

  @Override
  public boolean isReadCongested() {
    return context.congestion().isReadCongested();
  }

  @Override
  public boolean isWriteCongested() {
    return context.congestion().isWriteCongested();
  }

  @Override
  public void whenDecongested(Runnable listener) {
    decongested = listener;
  }

  @Override
  public GroupIo groupIo(Cgroup group) {
    return groups.of(group);
  }

  @Override
  public DeviceCounters counters() {
    DeviceCounters counters = context.counters();
    return shortWay == null ? counters : shortWay.plus(counters);
  }

  /** What it holds now, seen from the running task. */
  QueueState state() {
    TaskPlug plug = plugs.get();
    return context.state(plug.depth(), plug.held(), frames.current().isIdle());
  }

  /** The name of the scheduler in use. */
  public String schedulerName() {
    return context.scheduler().name();
  }

  // -------------------------------------------------------------------------------- submission

  @Override
  public void submit(Bio bio) {
    groups.submitted(bio);
    frames.submit(bio);
  }

  private void settleUrgent(Frame frame) {
    while (true) {
      TagPool.Waiter waiter = frame.granted.poll();
      if (waiter != null) {
        start(request(waiter.bio, waiter.segments, waiter.tag()), waiter.bio, null, frame);
      } else if (frame.rerun) {
        frame.rerun = false;
        dispatch(frame);
      } else {
        return;
      }
    }
  }

  private void accept(Bio bio, Frame frame) {
    if (!machine.powered()) {
      bio.fail(new ErrnoException(Errno.EIO, bio + " on " + name + ": the power is off"));
      return;
    }
    intake.accept(bio, mayWait(frame));
  }

  private boolean mayWait(Frame frame) {
    return !frame.delivering && !frame.beforeSleep && !machine.inInterrupt();
  }

  private void take(Bio part, int segments, boolean mayWait) {
    boolean passesThrough = context.passesThrough();
    if (shortWay != null && passesThrough && !context.isClosed() && BioWay.suits(part)) {
      shortWay.take(part);
      return;
    }
    Frame frame = frames.current();
    TaskPlug plug = openPlug(frame);
    if (settings.merging() != SchedulerHost.Merging.NONE
        && MergeRules.mergeable(part)
        && ((plug != null && plug.merge(part, segments))
            || (!passesThrough && joinQueued(part, segments, frame)))) {
      return;
    }
    if (plug == null
        && passesThrough
        && !FlushSequencer.concerns(part)
        && issueAtOnce(part, segments, frame)) {
      return;
    }
    int tag = allocate(part, segments, mayWait, frame);
    if (tag >= 0) {
      start(request(part, segments, tag), part, plug, frame);
    }
  }

  private TaskPlug openPlug(Frame frame) {
    if (frame.beforeSleep || machine.inInterrupt()) {
      return null;
    }
    TaskPlug plug = plugs.get();
    return plug.isOpen() ? plug : null;
  }

  private boolean joinQueued(Bio bio, int segments, Frame frame) {
    Notes notes = context.joinQueued(bio, segments);
    if (notes == null) {
      return false;
    }
    carryOut(notes, frame);
    return true;
  }

  private boolean issueAtOnce(Bio bio, int segments, Frame frame) {
    Request request = context.tryIssue(bio, segments);
    if (request == null) {
      return false;
    }
    traces.getRequest(bio);
    execute(request, frame);
    return true;
  }

  private Request request(Bio bio, int segments, int tag) {
    traces.getRequest(bio);
    Request request =
        new Request(this::completed, name, bio, bio.flags(), segments, machine.nanoTime());
    request.setTag(tag);
    context.made(request);
    return request;
  }

  /** A tag for the bio; -1 when the bio was lined up or has failed instead. */
  private int allocate(Bio bio, int segments, boolean mayWait, Frame frame) {
    Admission admission = context.admit(bio, segments, mayWait);
    if (admission.refusal() != null) {
      bio.fail(admission.refusal());
    }
    return admission.waiter() == null ? admission.tag() : frames.await(admission.waiter(), frame);
  }

  /** Sends a new request on its way. */
  private void start(Request request, Bio bio, TaskPlug plug, Frame frame) {
    if (FlushSequencer.concerns(bio)) {
      Notes notes = context.sequence(request);
      if (notes != null) {
        carryOut(notes, frame);
        dispatch(frame);
        return;
      }
    }
    if (plug != null && plug.isOpen()) {
      plug.add(request);
    } else {
      insert(List.of(request), frame);
    }
  }

  private void insert(List<Request> requests, Frame frame) {
    carryOut(context.insert(requests), frame);
    dispatch(frame);
  }

  /**
   * Gives what a plug held to the driver, one by one, as long as there is no scheduler and nothing
   * in its way ({@code blk_mq_plug_issue_direct}); the rest takes the usual way.
   */
  private void issueOrInsert(List<Request> requests, Frame frame) {
    int issued = 0;
    try {
      if (context.passesThrough() && !frame.inDriver) {
        while (issued < requests.size() && context.tryIssue(requests.get(issued))) {
          execute(requests.get(issued++), frame);
        }
      }
    } finally {
      if (issued < requests.size()) {
        insert(requests.subList(issued, requests.size()), frame);
      }
    }
  }

  // --------------------------------------------------------------------------------- dispatch

  private void dispatch(Frame frame) {
    if (frame.inDriver) {
      frame.rerun = true;
      return;
    }
    Request request = context.next();
    while (request != null) {
      execute(request, frame);
      request = context.next();
    }
  }

  private void execute(Request request, Frame frame) {
    traces.issue(request);
    frames.execute(request, frame);
  }

  // ------------------------------------------------------------------------------- completion

  private void completed(Request request, ErrnoException failure, long bytesDone) {
    if (!machine.powered()) {
      return;
    }
    traces.complete(request, failure);
    Frame frame = frames.current();
    boolean outermost = !frame.delivering && !frame.inDriver;
    if (outermost) {
      frame.delivering = true;
    }
    Throwable thrown = null;
    try {
      if (request.flushSequence == null && request.operation() != BioOperation.FLUSH) {
        follow(context.finished(request), frame);
        request.endBios(failure, bytesDone);
      } else {
        follow(context.stepFinished(request, failure, bytesDone), frame);
      }
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    try {
      if (context.congestion().takeEnded()) {
        decongested.run();
      }
    } catch (RuntimeException | Error e) {
      thrown = Failures.join(thrown, e);
    }
    try {
      frames.settle(frame);
    } catch (RuntimeException | Error e) {
      thrown = Failures.join(thrown, e);
    } finally {
      if (outermost) {
        frame.delivering = false;
      }
    }
    Failures.rethrow(thrown);
  }

  /** Carries out what a completion brought about, and has dispatched what it made room for. */
  private void follow(Notes notes, Frame frame) {
    frame.rerun |= notes.work();
    carryOut(notes, frame);
  }

  private void carryOut(Notes notes, Frame frame) {
    for (TagPool.Waiter waiter : notes.granted()) {
      if (!waiter.wake()) {
        frame.granted.add(waiter);
      }
    }
    if (notes.idle()) {
      context.wakeDrainers();
    }
    Throwable thrown = null;
    for (Notes.Ended end : notes.ended()) {
      try {
        end.request().endBios(end.failure(), end.bytesDone());
      } catch (RuntimeException | Error e) {
        thrown = Failures.join(thrown, e);
      }
    }
    Failures.rethrow(thrown);
  }

  // ------------------------------------------------------------------------------------- plug

  @Override
  public Plug plug() {
    if (machine.inInterrupt()) {
      return () -> {};
    }
    return plugs.get().open();
  }

  private final class PlugHost implements TaskPlug.Host {

    @Override
    public boolean merges() {
      return settings.merging() != SchedulerHost.Merging.NONE;
    }

    @Override
    public boolean join(Request request, Bio bio, int segments) {
      return context.joinHeld(request, bio, segments);
    }

    @Override
    public void unplugged(List<Request> requests) {
      Frame frame = frames.current();
      issueOrInsert(requests, frame);
      frames.settle(frame);
    }

    @Override
    public void sleeping(TaskPlug plug) {
      Frame frame = frames.current();
      frame.beforeSleep = true;
      try {
        plug.flush();
      } finally {
        frame.beforeSleep = false;
      }
    }
  }

  private final class ContextHost implements HardwareContext.Host {

    @Override
    public void completed(Request request, ErrnoException failure, long bytesDone) {
      RequestQueue.this.completed(request, failure, bytesDone);
    }

    @Override
    public void run() {
      Frame frame = frames.current();
      dispatch(frame);
      frames.settle(frame);
    }
  }

  /** Carries out what neither a submission nor a completion brought about. */
  private void carryOut(Notes notes) {
    Frame frame = frames.current();
    carryOut(notes, frame);
    frames.settle(frame);
  }

  private final class Submissions implements SubmissionFrames.Work {

    @Override
    public void accept(Bio bio, Frame frame) {
      RequestQueue.this.accept(bio, frame);
    }

    @Override
    public void settleUrgent(Frame frame) {
      RequestQueue.this.settleUrgent(frame);
    }
  }

  // -------------------------------------------------------------------------- settings and closing

  /**
   * What can be changed on the live device, by the name it has under {@code /sys/block/…/queue};
   * the scheduler's settings among them, under {@code iosched/}.
   */
  public Map<String, Tunable> settings() {
    return settings.of(context, changes);
  }

  /**
   * Changes the scheduler of the live device ({@code /sys/block/…/queue/scheduler}): holds new bios
   * back, waits for the requests there are, and goes on with the new one and its default number of
   * requests.
   */
  public void setScheduler(IoScheduler.Factory factory) {
    if (!mayWait(frames.current())) {
      throw new IllegalStateException("changing the scheduler waits, which is forbidden here");
    }
    changes.setScheduler(factory);
  }

  @Override
  public void close() throws ErrnoException {
    if (!context.refuseAll()) {
      return;
    }
    try {
      if (machine.powered()) {
        context.drain();
      }
    } finally {
      driver.close();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
