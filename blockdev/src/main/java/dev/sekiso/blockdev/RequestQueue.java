package dev.sekiso.blockdev;

import dev.sekiso.blockdev.SubmissionFrames.Frame;
import dev.sekiso.blockdev.internal.Failures;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.IoScheduler.MergeCandidate;
import dev.sekiso.blockdev.scheduler.SchedulerHost;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskLocal;
import dev.sekiso.machine.WaitQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

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
 * <p><b>Locking.</b> {@code lock} guards the tags, the scheduler with all requests in it, the flush
 * sequencer, the bypass list, the counters, and the notes. It is held for the length of such a
 * decision, never while the driver is called, a bio is completed, or a task is woken: those are
 * written down as {@link Notes} and done after. (Tracepoints are emitted under it; a tracer must
 * not submit.) A plug and the requests in it belong to their task. A {@link Frame} belongs to its
 * thread and bounds recursion: while a thread is in the driver, what completions ask for is left to
 * the outermost call, see {@link SubmissionFrames}.
 *
 * <p><b>Waiting.</b> Only for a tag, only in a task that is not delivering a completion and not
 * about to sleep already, and never with anything undone that others wait for. Elsewhere a bio
 * without a tag is lined up and goes on when it gets one.
 *
 * <p><b>The end of power.</b> Completions that come after the power was cut are dropped; waiters
 * are ended by the machine. A bio submitted then fails with EIO.
 */
public final class RequestQueue implements BlockDevice {

  /** {@code BLKDEV_MIN_RQ}. */
  private static final int LEAST_REQUESTS = 4;

  /** {@code BLKDEV_DEFAULT_RQ}: a scheduler gets twice the smaller of this and the depth. */
  private static final int DEFAULT_REQUESTS = 128;

  /** {@code MAX_SCHED_RQ}. */
  private static final int MOST_REQUESTS = 16 * DEFAULT_REQUESTS;

  /** A page: the least {@code max_sectors_kb} the kernel takes. */
  private static final int LEAST_KIB = 4;

  private record Ended(Request request, ErrnoException failure, long bytesDone) {}

  /** What has to be done once the lock is released. */
  private record Notes(List<Ended> ended, List<TagPool.Waiter> granted, boolean idle) {
    static final Notes NOTHING = new Notes(List.of(), List.of(), false);
  }

  private final Machine machine;
  private final String name;
  private final BlockDriver driver;
  private final BlockTracepoints traces;
  private final BioIntake intake;
  private final SubmissionFrames frames = new SubmissionFrames();
  private final TaskLocal<TaskPlug> plugs;
  private final WaitQueue drained;
  private final SchedulerHost schedulerHost = new Host();

  private final ReentrantLock lock = new ReentrantLock();
  private final Accounting accounting = new Accounting();
  private final TagPool tags;
  private final FlushSequencer sequencer;
  private final Deque<Request> bypass = new ArrayDeque<>();
  private List<Ended> ended = new ArrayList<>();
  private List<TagPool.Waiter> granted = new ArrayList<>();
  private IoScheduler scheduler;
  private boolean draining;
  private boolean closed;

  private volatile QueueLimits limits;
  private volatile SchedulerHost.Merging merging = SchedulerHost.Merging.ALL;
  private volatile int readaheadBytes;

  /** Whether the scheduler has nothing a bio could join; saves taking the lock. */
  private volatile boolean passesThrough;

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
    this.limits = driver.limits();
    this.readaheadBytes = limits.readaheadBytes();
    this.traces = new BlockTracepoints(machine, name);
    this.intake = new BioIntake(name, driver, () -> limits, traces, this::take);
    this.drained = machine.newWaitQueue("requests of " + name);
    this.tags = new TagPool(limits.queueDepth());
    this.sequencer = new FlushSequencer(limits, new FlushSink());
    TaskPlug.Host plugHost = new PlugHost();
    this.plugs = machine.newTaskLocal(() -> new TaskPlug(plugHost, machine, traces));
    this.scheduler = scheduler.create(schedulerHost);
    this.passesThrough = this.scheduler.passesThrough();
    tags.resize(defaultRequests(this.scheduler));
  }

  private int defaultRequests(IoScheduler policy) {
    return policy.passesThrough()
        ? limits.queueDepth()
        : 2 * Math.min(limits.queueDepth(), DEFAULT_REQUESTS);
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
    QueueLimits now = limits;
    return now.readaheadBytes() == readaheadBytes ? now : now.withReadahead(readaheadBytes);
  }

  @Override
  public boolean readOnly() {
    return driver.readOnly();
  }

  @Override
  public DeviceCounters counters() {
    lock.lock();
    try {
      return accounting.snapshot(machine.nanoTime(), tags.inUse());
    } finally {
      lock.unlock();
    }
  }

  /** The name of the scheduler in use. */
  public String schedulerName() {
    lock.lock();
    try {
      return scheduler.name();
    } finally {
      lock.unlock();
    }
  }

  // -------------------------------------------------------------------------------- submission

  @Override
  public void submit(Bio bio) {
    Frame frame = frames.current();
    frame.bios.add(bio);
    settle(frame);
  }

  /** Does all that is noted in the frame, unless this is already being done further out. */
  private void settle(Frame frame) {
    if (frame.inDriver) {
      return;
    }
    if (frame.active) {
      settleUrgent(frame);
      return;
    }
    frame.active = true;
    Throwable thrown = null;
    while (true) {
      try {
        settleUrgent(frame);
        Bio bio = frame.bios.poll();
        if (bio == null) {
          break;
        }
        accept(bio, frame);
      } catch (RuntimeException | Error e) {
        thrown = Failures.join(thrown, e);
      }
    }
    frame.active = false;
    Failures.rethrow(thrown);
  }

  /** The part of it that others may be waiting for. */
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
    Frame frame = frames.current();
    TaskPlug plug = openPlug(frame);
    if (merging != SchedulerHost.Merging.NONE
        && MergeRules.mergeable(part)
        && ((plug != null && plug.merge(part, segments))
            || (!passesThrough && joinQueued(part, segments)))) {
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

  /**
   * The short way of a bio when nothing is in its way: a tag and a place in the driver in one go
   * ({@code blk_mq_try_issue_directly}).
   */
  private boolean issueAtOnce(Bio bio, int segments, Frame frame) {
    long now = machine.nanoTime();
    Request request;
    lock.lock();
    try {
      if (closed || !bypass.isEmpty() || scheduler.hasWork() || !hasRoom()) {
        return false;
      }
      int tag = tags.tryTake(Integer.MAX_VALUE);
      if (tag < 0) {
        return false;
      }
      request = new Request(this::completed, name, bio, bio.flags(), segments, now);
      request.setTag(tag);
      request.state = Request.State.IN_DRIVER;
      accounting.issued(request, now);
    } finally {
      lock.unlock();
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
    return request;
  }

  /** A tag for the bio; -1 when the bio was lined up or has failed instead. */
  private int allocate(Bio bio, int segments, boolean mayWait, Frame frame) {
    TagPool.Waiter waiter = null;
    ErrnoException problem = null;
    lock.lock();
    try {
      int limit = Math.max(1, scheduler.depthFor(bio.operation(), bio.flags()));
      int tag = closed ? -1 : tags.tryTake(limit);
      if (tag >= 0) {
        return tag;
      }
      if (closed || bio.has(Bio.NO_WAIT)) {
        problem = refusal(bio);
      } else if (mayWait) {
        waiter = tags.lineUp(machine, limit, name);
      } else {
        tags.park(bio, segments, limit);
      }
    } finally {
      lock.unlock();
    }
    if (problem != null) {
      bio.fail(problem);
    }
    return waiter == null ? -1 : await(waiter, frame);
  }

  private ErrnoException refusal(Bio bio) {
    return closed
        ? new ErrnoException(Errno.ENODEV, bio + " on " + name + ": the device is closed")
        : new ErrnoException(
            Errno.EAGAIN, bio + " on " + name + ": all " + tags.size() + " requests are in use");
  }

  private int await(TagPool.Waiter waiter, Frame frame) {
    settleUrgent(frame);
    // Interrupts may run in this thread meanwhile and have bios of their own.
    frame.active = false;
    try {
      return waiter.await(name);
    } finally {
      frame.active = true;
    }
  }

  /** Sends a new request on its way. */
  private void start(Request request, Bio bio, TaskPlug plug, Frame frame) {
    if (FlushSequencer.concerns(bio)) {
      boolean takenCareOf;
      Notes notes;
      lock.lock();
      try {
        takenCareOf = sequencer.insert(request, machine.nanoTime());
        notes = takeNotes();
      } finally {
        lock.unlock();
      }
      carryOut(notes, frame);
      if (takenCareOf) {
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
    Notes notes;
    lock.lock();
    try {
      for (Request request : requests) {
        request.state = Request.State.QUEUED;
        request.scheduled = true;
        if (scheduler.insert(request) && !scheduler.passesThrough()) {
          traces.insert(request);
        }
      }
      notes = takeNotes();
    } finally {
      lock.unlock();
    }
    carryOut(notes, frame);
    dispatch(frame);
  }

  // ---------------------------------------------------------------------------------- merging

  private boolean joinQueued(Bio bio, int segments) {
    Notes notes;
    lock.lock();
    try {
      MergeCandidate candidate = scheduler.candidate(bio);
      if (candidate == null) {
        return false;
      }
      Request request = candidate.request();
      if (request.state != Request.State.QUEUED || !join(request, bio, segments)) {
        return false;
      }
      accounting.merged(bio.operation());
      scheduler.merged(request, candidate.side());
      notes = takeNotes();
    } finally {
      lock.unlock();
    }
    // The scheduler may have fused two requests, which frees a tag.
    carryOut(notes, frames.current());
    return true;
  }

  /** Puts a bio at the end or the front of a request if rules and limits allow. */
  private boolean join(Request request, Bio bio, int segments) {
    if (!MergeRules.compatible(request, bio)) {
      return false;
    }
    long sectors = bio.byteCount() >> Bio.SECTOR_SHIFT;
    if (MergeRules.adjoinsBack(request, bio)) {
      if (!MergeRules.fits(limits, request, sectors, segments)) {
        return false;
      }
      traces.backMerge(bio);
      request.append(bio, segments);
      return true;
    }
    if (MergeRules.adjoinsFront(request, bio)) {
      if (!MergeRules.fits(limits, request, sectors, segments)) {
        return false;
      }
      traces.frontMerge(bio);
      request.prepend(bio, segments);
      return true;
    }
    return false;
  }

  // --------------------------------------------------------------------------------- dispatch

  private void dispatch(Frame frame) {
    if (frame.inDriver) {
      frame.rerun = true;
      return;
    }
    while (true) {
      Request request;
      lock.lock();
      try {
        request = next();
      } finally {
        lock.unlock();
      }
      if (request == null) {
        return;
      }
      execute(request, frame);
    }
  }

  private boolean hasRoom() {
    return accounting.inDriver() < limits.queueDepth();
  }

  private Request next() {
    if (!hasRoom() || !machine.powered()) {
      return null;
    }
    Request request = bypass.poll();
    if (request == null) {
      request = scheduler.dispatch();
      if (request == null) {
        return null;
      }
      if (request.state != Request.State.QUEUED) {
        throw new IllegalStateException(
            "scheduler %s of %s gave out %s, which is %s"
                .formatted(scheduler.name(), name, request, request.state));
      }
    }
    request.state = Request.State.IN_DRIVER;
    accounting.issued(request, machine.nanoTime());
    return request;
  }

  private void execute(Request request, Frame frame) {
    traces.issue(request);
    frame.inDriver = true;
    try {
      driver.execute(request);
    } catch (RuntimeException e) {
      if (request.hasEnded()) {
        throw e;
      }
      request.fail(
          new ErrnoException(Errno.EIO, request + " on " + name + ": the driver failed", e), 0);
    } finally {
      frame.inDriver = false;
    }
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
        endPlain(request, failure, bytesDone, frame);
      } else {
        endStep(request, failure, bytesDone, frame);
      }
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    try {
      settle(frame);
    } catch (RuntimeException | Error e) {
      thrown = Failures.join(thrown, e);
    } finally {
      if (outermost) {
        frame.delivering = false;
      }
    }
    Failures.rethrow(thrown);
  }

  /** A request that is over with its way through the driver. */
  private void endPlain(Request request, ErrnoException failure, long bytesDone, Frame frame) {
    List<TagPool.Waiter> next;
    boolean idle;
    lock.lock();
    try {
      long now = machine.nanoTime();
      accounting.returned(request, now);
      next = release(request, now);
      frame.rerun |= !bypass.isEmpty() || scheduler.hasWork();
      idle = draining && tags.inUse() == 0;
    } finally {
      lock.unlock();
    }
    wake(next, idle, frame);
    request.endBios(failure, bytesDone);
  }

  /** A flush, or the data of a request that goes through several steps. */
  private void endStep(Request request, ErrnoException failure, long bytesDone, Frame frame) {
    Notes notes;
    lock.lock();
    try {
      long now = machine.nanoTime();
      accounting.returned(request, now);
      if (request.operation() == BioOperation.FLUSH) {
        accounting.flushed(request, now);
        sequencer.flushEnded(failure, now);
      } else {
        sequencer.dataEnded(request, failure, bytesDone, now);
      }
      notes = takeNotes();
      frame.rerun |= !bypass.isEmpty() || scheduler.hasWork();
    } finally {
      lock.unlock();
    }
    carryOut(notes, frame);
  }

  /** Ends a request's life in the queue; tells who has its tag now. Called with the lock held. */
  private List<TagPool.Waiter> release(Request request, long now) {
    request.state = Request.State.ENDED;
    accounting.ended(request, now);
    if (request.scheduled) {
      scheduler.completed(request);
    }
    return tags.free(request.tag());
  }

  /** What there is to do once the lock is released. Called with the lock held. */
  private Notes takeNotes() {
    boolean idle = draining && tags.inUse() == 0;
    if (ended.isEmpty() && granted.isEmpty() && !idle) {
      return Notes.NOTHING;
    }
    Notes notes = new Notes(ended, granted, idle);
    ended = new ArrayList<>(2);
    granted = new ArrayList<>(2);
    return notes;
  }

  private void carryOut(Notes notes, Frame frame) {
    wake(notes.granted, notes.idle, frame);
    Throwable thrown = null;
    for (Ended end : notes.ended) {
      try {
        end.request.endBios(end.failure, end.bytesDone);
      } catch (RuntimeException | Error e) {
        thrown = Failures.join(thrown, e);
      }
    }
    Failures.rethrow(thrown);
  }

  private void wake(List<TagPool.Waiter> waiters, boolean idle, Frame frame) {
    for (TagPool.Waiter waiter : waiters) {
      if (!waiter.wake()) {
        frame.granted.add(waiter);
      }
    }
    if (idle) {
      drained.wakeAll();
    }
  }

  // ------------------------------------------------------------------------------------- plug

  @Override
  public Plug plug() {
    if (machine.inInterrupt()) {
      return () -> {};
    }
    TaskPlug plug = plugs.get();
    return plug.open(() -> {
      Frame frame = frames.current();
      frame.beforeSleep = true;
      try {
        plug.flush();
      } finally {
        frame.beforeSleep = false;
      }
    });
  }

  private final class PlugHost implements TaskPlug.Host {

    @Override
    public boolean merges() {
      return merging != SchedulerHost.Merging.NONE;
    }

    @Override
    public boolean join(Request request, Bio bio, int segments) {
      if (!RequestQueue.this.join(request, bio, segments)) {
        return false;
      }
      lock.lock();
      try {
        accounting.merged(bio.operation());
      } finally {
        lock.unlock();
      }
      return true;
    }

    @Override
    public void unplugged(List<Request> requests) {
      Frame frame = frames.current();
      insert(requests, frame);
      settle(frame);
    }
  }

  // -------------------------------------------------------------------------------- collaborators

  private final class Host implements SchedulerHost {

    @Override
    public Machine machine() {
      return machine;
    }

    @Override
    public int requests() {
      return tags.size();
    }

    @Override
    public Merging merging() {
      return merging;
    }

    @Override
    public boolean mayJoin(Request request, Bio bio) {
      return MergeRules.compatible(request, bio);
    }

    @Override
    public boolean absorb(Request request, Request next) {
      if (request == next
          || request.endSector() != next.sector()
          || !MergeRules.compatible(request, next)
          || !MergeRules.together(limits, request, next)) {
        return false;
      }
      traces.merge(next);
      accounting.merged(next.operation());
      request.absorb(next);
      granted.addAll(tags.free(next.tag()));
      return true;
    }

    @Override
    public void run() {
      Frame frame = frames.current();
      dispatch(frame);
      settle(frame);
    }
  }

  private final class FlushSink implements FlushSequencer.Sink {

    @Override
    public void dispatch(Request request) {
      bypass.add(request);
    }

    @Override
    public void end(Request request, ErrnoException failure, long bytesDone) {
      granted.addAll(release(request, machine.nanoTime()));
      ended.add(new Ended(request, failure, bytesDone));
    }

    @Override
    public Request newFlush() {
      return Request.flush(RequestQueue.this::completed, name, machine.nanoTime());
    }
  }

  // --------------------------------------------------------------------------------- settings

  /**
   * What can be changed on the live device, by the name it has under {@code /sys/block/…/queue};
   * the scheduler's settings among them, under {@code iosched/}.
   */
  public Map<String, Tunable> settings() {
    IoScheduler policy;
    lock.lock();
    try {
      policy = scheduler;
    } finally {
      lock.unlock();
    }
    Map<String, Tunable> all = new LinkedHashMap<>();
    for (Tunable tunable :
        List.of(requestsSetting(policy), mergesSetting(), largestSetting(), readaheadSetting())) {
      all.put(tunable.name(), tunable);
    }
    policy.settings().forEach((key, tunable) -> all.put("iosched/" + key, locked(tunable)));
    return all;
  }

  private Tunable requestsSetting(IoScheduler policy) {
    return new Tunable(
        "nr_requests",
        "requests",
        "requests at one time; more can be merged and sorted, and wait longer",
        Math.min(LEAST_REQUESTS, limits.queueDepth()),
        policy.passesThrough() ? limits.queueDepth() : MOST_REQUESTS,
        tags::size,
        value -> resize((int) value));
  }

  private Tunable mergesSetting() {
    return new Tunable(
        "nomerges",
        "level",
        "0: all merges, 1: only with what was merged into last, 2: none",
        0,
        2,
        () -> merging.level(),
        value -> merging = SchedulerHost.Merging.of(value));
  }

  private Tunable largestSetting() {
    return new Tunable(
        "max_sectors_kb",
        "KiB",
        "largest request",
        Math.min(
            Math.max(LEAST_KIB, limits.physicalBlockSize() >> 10),
            driver.limits().maxSectors() >> 1),
        driver.limits().maxSectors() >> 1,
        () -> limits.maxSectors() >> 1,
        value -> limits = limits.withMaxSectors((int) value << 1));
  }

  private Tunable readaheadSetting() {
    return new Tunable(
        "read_ahead_kb",
        "KiB",
        "default maximum readahead for files on the device",
        0,
        Integer.MAX_VALUE >> 10,
        () -> readaheadBytes >> 10,
        value -> readaheadBytes = (int) value << 10);
  }

  /** A scheduler's setting is the scheduler's state, which the lock guards. */
  private Tunable locked(Tunable inner) {
    return new Tunable(
        inner.name(),
        inner.unit(),
        inner.description(),
        inner.least(),
        inner.most(),
        inner.reader(),
        value -> {
          lock.lock();
          try {
            inner.writer().accept(value);
          } finally {
            lock.unlock();
          }
        });
  }

  private void resize(int requests) {
    Notes notes;
    lock.lock();
    try {
      granted.addAll(tags.resize(requests));
      scheduler.resized(requests);
      notes = takeNotes();
    } finally {
      lock.unlock();
    }
    Frame frame = frames.current();
    carryOut(notes, frame);
    settle(frame);
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
    resize(0);
    awaitIdle("the scheduler of " + name + " to be idle", () -> tags.inUse() == 0);
    IoScheduler successor = factory.create(schedulerHost);
    lock.lock();
    try {
      scheduler = successor;
      passesThrough = successor.passesThrough();
    } finally {
      lock.unlock();
    }
    resize(defaultRequests(successor));
  }

  private void awaitIdle(String what, BooleanSupplier idle) {
    lock.lock();
    try {
      if (idle.getAsBoolean()) {
        return;
      }
      draining = true;
    } finally {
      lock.unlock();
    }
    drained.await(
        what,
        () -> {
          lock.lock();
          try {
            return idle.getAsBoolean();
          } finally {
            lock.unlock();
          }
        });
  }

  @Override
  public void close() throws ErrnoException {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      lock.unlock();
    }
    try {
      if (machine.powered()) {
        awaitIdle("the requests of " + name + " to end", tags::isIdle);
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
