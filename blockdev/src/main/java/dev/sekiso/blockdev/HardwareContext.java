package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.IoScheduler.MergeCandidate;
import dev.sekiso.blockdev.scheduler.SchedulerHost;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The requests of a queue and every decision about them ({@code struct blk_mq_hw_ctx}): the tags,
 * the scheduler with all requests in it, the flush sequencer, the requests that go before the
 * scheduler's, and the counters.
 *
 * <p><b>Locking.</b> One plain lock guards all of it. Each method takes it for the length of one
 * decision, and never calls the driver, ends a bio or wakes a task under it: what follows from the
 * decision is given back as {@link Notes}, which the caller carries out. (Tracepoints are emitted
 * under it; a tracer must not submit.)
 */
final class HardwareContext {

  /**
   * What became of the wish for a tag.
   *
   * @param tag the tag; -1 when there is none yet
   * @param waiter what the running task has to wait with; null when it has nothing to wait for
   * @param refusal why the bio fails; null when it does not
   */
  record Admission(int tag, TagPool.Waiter waiter, ErrnoException refusal) {
    private static final Admission PARKED = new Admission(-1, null, null);
  }

  /** What the context needs of its queue; called without the lock. */
  interface Host extends Request.Owner {

    /** Dispatches what there is to dispatch. */
    void run();
  }

  private final Machine machine;
  private final String name;
  private final QueueSettings settings;
  private final BlockTracepoints traces;
  private final Host host;
  private final SchedulerHost services = new Services();

  private final ReentrantLock lock = new ReentrantLock();
  private final Accounting accounting = new Accounting();
  private final Merger merger;
  private final QueueCongestion congestion = new QueueCongestion();
  private final Drain drain;
  private final TagPool tags;
  private final FlushSequencer sequencer;
  private final Deque<Request> bypass = new ArrayDeque<>();
  private final Notes.Pad pad = new Notes.Pad();
  private IoScheduler scheduler;
  private volatile boolean closed;

  /** Whether the scheduler has nothing a bio could join; saves taking the lock. */
  private volatile boolean passesThrough;

  HardwareContext(
      Machine machine,
      String name,
      QueueSettings settings,
      BlockTracepoints traces,
      IoScheduler.Factory factory,
      Host host) {
    this.machine = machine;
    this.name = name;
    this.settings = settings;
    this.traces = traces;
    this.host = host;
    this.drain = new Drain(machine, name, lock);
    this.tags = new TagPool(settings.limits().queueDepth());
    this.merger = new Merger(settings, traces);
    this.sequencer = new FlushSequencer(settings.limits(), new FlushSink());
    this.scheduler = factory.create(services);
    this.passesThrough = scheduler.passesThrough();
    tags.resize(settings.defaultRequests(scheduler));
  }

  boolean passesThrough() {
    return passesThrough;
  }

  /** Whether nothing is taken any more. */
  boolean isClosed() {
    return closed;
  }

  /** Tags there are ({@code nr_requests}). */
  int requests() {
    return tags.size();
  }

  /** Counts requests from {@link #made} on; has no need of the lock. */
  QueueCongestion congestion() {
    return congestion;
  }

  /** A tag has become a request. */
  void made(Request request) {
    congestion.made(request, tags.size());
  }

  /** What schedulers made for this queue ask of it. */
  SchedulerHost services() {
    return services;
  }

  IoScheduler scheduler() {
    lock.lock();
    try {
      return scheduler;
    } finally {
      lock.unlock();
    }
  }

  DeviceCounters counters() {
    lock.lock();
    try {
      return accounting.snapshot(machine.nanoTime(), tags.inUse());
    } finally {
      lock.unlock();
    }
  }

  /**
   * What it holds now.
   *
   * @param plugs see {@link QueueState}, as the others, which the queue knows
   */
  QueueState state(int plugs, int plugged, boolean settled) {
    lock.lock();
    try {
      return new QueueState(
          tags.size(),
          tags.inUse(),
          tags.taken(),
          tags.waiting(),
          accounting.inDriver(),
          bypass.size(),
          scheduler.hasWork(),
          sequencer.underWay(),
          pad.size(),
          plugs,
          plugged,
          settled);
    } finally {
      lock.unlock();
    }
  }

  // ------------------------------------------------------------------------------- new requests

  /**
   * The short way of a bio when nothing is in its way: a tag and a place in the driver in one go
   * ({@code blk_mq_try_issue_directly}).
   *
   * @return the request, to be given to the driver; null when the bio has to go the long way
   */
  Request tryIssue(Bio bio, int segments) {
    long now = machine.nanoTime();
    lock.lock();
    try {
      if (closed || isInTheWay()) {
        return null;
      }
      int tag = tags.tryTake(Integer.MAX_VALUE);
      if (tag < 0) {
        return null;
      }
      Request request = new Request(host, name, bio, bio.flags(), segments, now);
      request.setTag(tag);
      made(request);
      request.state = Request.State.IN_DRIVER;
      accounting.issued(request, now);
      return request;
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #tryIssue(Bio, int)}, of a request that has its tag; false if something is. */
  boolean tryIssue(Request request) {
    lock.lock();
    try {
      if (!scheduler.passesThrough() || isInTheWay() || !machine.powered()) {
        return false;
      }
      request.state = Request.State.IN_DRIVER;
      accounting.issued(request, machine.nanoTime());
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isInTheWay() {
    return !bypass.isEmpty() || scheduler.hasWork() || !hasRoom();
  }

  /** A tag for the bio, or a place in the line for one. */
  Admission admit(Bio bio, int segments, boolean mayWait) {
    lock.lock();
    try {
      int limit = Math.max(1, scheduler.depthFor(bio.operation(), bio.flags()));
      int tag = closed ? -1 : tags.tryTake(limit);
      if (tag >= 0) {
        return new Admission(tag, null, null);
      }
      if (closed || bio.has(Bio.NO_WAIT)) {
        return new Admission(-1, null, refusal(bio));
      }
      if (mayWait) {
        return new Admission(-1, tags.lineUp(machine, bio, segments, limit, name), null);
      }
      tags.park(bio, segments, limit);
      return Admission.PARKED;
    } finally {
      lock.unlock();
    }
  }

  private ErrnoException refusal(Bio bio) {
    return closed
        ? new ErrnoException(Errno.ENODEV, bio + " on " + name + ": the device is closed")
        : new ErrnoException(
            Errno.EAGAIN, bio + " on " + name + ": all " + tags.size() + " requests are in use");
  }

  /**
   * Shows the flush sequencer a new request.
   *
   * @return null when the request goes the way of any other, else it is the sequencer's
   */
  Notes sequence(Request request) {
    lock.lock();
    try {
      return sequencer.insert(request, machine.nanoTime()) ? takeNotes() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Hands requests to the scheduler, in order. */
  Notes insert(List<Request> requests) {
    lock.lock();
    try {
      for (Request request : requests) {
        request.state = Request.State.QUEUED;
        request.scheduled = true;
        if (scheduler.insert(request) && !scheduler.passesThrough()) {
          traces.insert(request);
        }
      }
      return takeNotes();
    } finally {
      lock.unlock();
    }
  }

  // ------------------------------------------------------------------------------------ merging

  /** Puts a bio into a request of the scheduler; null when there is none for it. */
  Notes joinQueued(Bio bio, int segments) {
    lock.lock();
    try {
      MergeCandidate candidate = scheduler.candidate(bio);
      if (candidate == null) {
        return null;
      }
      Request request = candidate.request();
      if (request.state != Request.State.QUEUED || !merger.join(request, bio, segments)) {
        return null;
      }
      accounting.merged(bio.operation());
      scheduler.merged(request, candidate.side());
      // The scheduler may have fused two requests, which frees a tag.
      return takeNotes();
    } finally {
      lock.unlock();
    }
  }

  /** Puts a bio into a request that the running task holds in its plug, if that is allowed. */
  boolean joinHeld(Request request, Bio bio, int segments) {
    if (!merger.join(request, bio, segments)) {
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

  // ---------------------------------------------------------------------- dispatch and completion

  private boolean hasRoom() {
    return accounting.inDriver() < settings.limits().queueDepth();
  }

  /** The next request for the driver; null when there is none, or no room for it. */
  Request next() {
    lock.lock();
    try {
      if (!hasRoom() || !machine.powered()) {
        return null;
      }
      Request request = bypass.isEmpty() ? fromScheduler() : bypass.poll();
      if (request != null) {
        request.state = Request.State.IN_DRIVER;
        accounting.issued(request, machine.nanoTime());
      }
      return request;
    } finally {
      lock.unlock();
    }
  }

  private Request fromScheduler() {
    Request request = scheduler.dispatch();
    if (request != null && request.state != Request.State.QUEUED) {
      throw new IllegalStateException(
          "scheduler %s of %s gave out %s, which is %s"
              .formatted(scheduler.name(), name, request, request.state));
    }
    return request;
  }

  /**
   * The driver is done with a request that is over with it; the caller ends its bios, after it has
   * carried out the notes.
   */
  Notes finished(Request request) {
    lock.lock();
    try {
      long now = machine.nanoTime();
      accounting.returned(request, now);
      List<TagPool.Waiter> next = release(request, now);
      boolean work = hasWork();
      boolean idle = isDrained();
      if (next.isEmpty() && !idle) {
        return work ? Notes.WORK : Notes.NOTHING;
      }
      return new Notes(List.of(), next, idle, work);
    } finally {
      lock.unlock();
    }
  }

  /** The driver is done with a flush, or with the data of a request that has a sequence. */
  Notes stepFinished(Request request, ErrnoException failure, long bytesDone) {
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
      return takeNotes();
    } finally {
      lock.unlock();
    }
  }

  /** Ends a request's life in the queue; tells who has its tag now. Called with the lock held. */
  private List<TagPool.Waiter> release(Request request, long now) {
    request.state = Request.State.ENDED;
    accounting.ended(request, now);
    if (request.scheduled) {
      scheduler.completed(request);
    }
    congestion.gone(request, tags.size());
    return tags.free(request.tag());
  }

  private boolean hasWork() {
    return !bypass.isEmpty() || scheduler.hasWork();
  }

  private boolean isDrained() {
    return drain.isAwaited() && tags.inUse() == 0;
  }

  /** What there is to do once the lock is released. Called with the lock held. */
  private Notes takeNotes() {
    return pad.take(isDrained(), hasWork());
  }

  // --------------------------------------------------------------------------- change and closing

  /** Changes the number of tags; those above it that are in use go as they are freed. */
  Notes resize(int requests) {
    lock.lock();
    try {
      pad.grant(tags.resize(requests));
      scheduler.resized(requests);
      return takeNotes();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Goes on with another scheduler, while there are no requests. Whoever is in line for a tag is
   * entitled to what the new one allows.
   */
  void replaceScheduler(IoScheduler successor) {
    lock.lock();
    try {
      if (tags.inUse() > 0) {
        throw new IllegalStateException(scheduler.name() + " of " + name + " is still in use");
      }
      scheduler = successor;
      passesThrough = successor.passesThrough();
      tags.entitle(scheduler::depthFor);
    } finally {
      lock.unlock();
    }
  }

  /** Changes a setting of the scheduler, by which more may be entitled to a tag. */
  Notes configure(Runnable setting) {
    lock.lock();
    try {
      setting.run();
      tags.entitle(scheduler::depthFor);
      pad.grant(tags.grant());
      return takeNotes();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new bios from now on; false when it did so already. */
  boolean refuseAll() {
    lock.lock();
    try {
      boolean first = !closed;
      closed = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no request is left. */
  void awaitNoRequests() {
    drain.await("the scheduler of " + name + " to be idle", () -> tags.inUse() == 0);
  }

  /** Waits until no request is left and nobody is in line for one. */
  void drain() {
    drain.await("the requests of " + name + " to end", tags::isIdle);
  }

  /** Those who wait for the queue to be idle look again. */
  void wakeDrainers() {
    drain.wake();
  }

  // -------------------------------------------------------------------------------- collaborators

  private final class Services implements SchedulerHost {

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
      return settings.merging();
    }

    @Override
    public boolean mayJoin(Request request, Bio bio) {
      return MergeRules.compatible(request, bio);
    }

    @Override
    public boolean absorb(Request request, Request next) {
      if (!merger.fuse(request, next)) {
        return false;
      }
      accounting.merged(next.operation());
      congestion.gone(next, tags.size());
      pad.grant(tags.free(next.tag()));
      return true;
    }

    @Override
    public void run() {
      host.run();
    }
  }

  private final class FlushSink implements FlushSequencer.Sink {

    @Override
    public void dispatch(Request request) {
      bypass.add(request);
    }

    @Override
    public void end(Request request, ErrnoException failure, long bytesDone) {
      pad.grant(release(request, machine.nanoTime()));
      pad.end(request, failure, bytesDone);
    }

    @Override
    public Request newFlush() {
      return Request.flush(host, name, machine.nanoTime());
    }
  }
}
