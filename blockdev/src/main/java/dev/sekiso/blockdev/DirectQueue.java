package dev.sekiso.blockdev;

import dev.sekiso.blockdev.SubmissionFrames.Frame;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The other layer, {@code direct}: bios go straight to the driver, one request each (the kernel's
 * devices that take bios, {@code BD_HAS_SUBMIT_BIO}). Nothing is merged, plugged, sorted or shared;
 * what remains is what the driver may rely on: parts within its limits, at most its queue depth at
 * one time, and flushes where PREFLUSH and FUA ask for what it has not, each bio with flushes of
 * its own. Against {@link RequestQueue} it shows what that layer buys.
 *
 * <p>{@code lock} guards the tags and the counters; the driver, completions and waking happen
 * without it. Recursion is bounded as in {@link RequestQueue}.
 */
public final class DirectQueue implements BlockDevice {

  private final Machine machine;
  private final String name;
  private final BlockDriver driver;
  private final QueueLimits limits;
  private final BlockTracepoints traces;
  private final BioIntake intake;
  private final SubmissionFrames frames;
  private final GroupIoCounts groups = new GroupIoCounts();
  private final WaitQueue drained;

  private final ReentrantLock lock = new ReentrantLock();
  private final Accounting accounting = new Accounting();
  private final TagPool tags;
  private boolean closed;

  public DirectQueue(Machine machine, String name, BlockDriver driver) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.name = Objects.requireNonNull(name, "name");
    this.driver = Objects.requireNonNull(driver, "driver");
    this.limits = driver.limits();
    this.traces = new BlockTracepoints(machine, name);
    this.intake = new BioIntake(name, driver, () -> limits, traces, this::take);
    this.frames = new SubmissionFrames(name, driver, new Submissions());
    this.drained = machine.newWaitQueue("requests of " + name);
    this.tags = new TagPool(limits.queueDepth());
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
    return limits;
  }

  @Override
  public boolean readOnly() {
    return driver.readOnly();
  }

  @Override
  public GroupIo groupIo(Cgroup group) {
    return groups.of(group);
  }

  /** Holds nothing back: there is nothing to merge with. */
  @Override
  public Plug plug() {
    return () -> {};
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

  /** What it holds now, seen from the running task. */
  QueueState state() {
    boolean settled = frames.current().isIdle();
    lock.lock();
    try {
      return new QueueState(
          tags.size(),
          tags.inUse(),
          tags.taken(),
          tags.waiting(),
          accounting.inDriver(),
          0,
          false,
          0,
          0,
          0,
          0,
          settled);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void submit(Bio bio) {
    groups.submitted(bio);
    frames.submit(bio);
  }

  private void accept(Bio bio, Frame frame) {
    if (!machine.powered()) {
      bio.fail(new ErrnoException(Errno.EIO, bio + " on " + name + ": the power is off"));
      return;
    }
    intake.accept(bio, !frame.delivering && !machine.inInterrupt());
  }

  private void settleUrgent(Frame frame) {
    while (true) {
      Request request = frame.requests.poll();
      if (request != null) {
        execute(request, frame);
        continue;
      }
      TagPool.Waiter waiter = frame.granted.poll();
      if (waiter == null) {
        return;
      }
      new Passage(waiter.bio, waiter.segments, waiter.tag()).advance(frame);
    }
  }

  private void take(Bio part, int segments, boolean mayWait) {
    Frame frame = frames.current();
    TagPool.Waiter waiter = null;
    ErrnoException problem = null;
    int tag = -1;
    lock.lock();
    try {
      if (closed) {
        problem = new ErrnoException(Errno.ENODEV, part + " on " + name + ": the device is closed");
      } else {
        tag = tags.tryTake(Integer.MAX_VALUE);
        if (tag < 0) {
          if (part.has(Bio.NO_WAIT)) {
            problem =
                new ErrnoException(
                    Errno.EAGAIN,
                    part + " on " + name + ": all " + tags.size() + " requests are in use");
          } else if (mayWait) {
            waiter = tags.lineUp(machine, part, segments, Integer.MAX_VALUE, name);
          } else {
            tags.park(part, segments, Integer.MAX_VALUE);
          }
        }
      }
    } finally {
      lock.unlock();
    }
    if (problem != null) {
      part.fail(problem);
      return;
    }
    if (waiter != null) {
      tag = frames.await(waiter, frame);
    }
    if (tag >= 0) {
      new Passage(part, segments, tag).advance(frame);
    }
  }

  private void execute(Request request, Frame frame) {
    if (frame.inDriver) {
      frame.requests.add(request);
      return;
    }
    lock.lock();
    try {
      accounting.issued(request, machine.nanoTime());
    } finally {
      lock.unlock();
    }
    traces.issue(request);
    frames.execute(request, frame);
  }

  private final class Submissions implements SubmissionFrames.Work {

    @Override
    public void accept(Bio bio, Frame frame) {
      DirectQueue.this.accept(bio, frame);
    }

    @Override
    public void settleUrgent(Frame frame) {
      DirectQueue.this.settleUrgent(frame);
    }
  }

  /** One bio on its way through flush, data and flush, with one tag for all of it. */
  private final class Passage {

    private final Bio bio;
    private final int segments;
    private final int tag;
    private final long startNanos = machine.nanoTime();
    private boolean preFlush;
    private boolean data;
    private boolean postFlush;

    Passage(Bio bio, int segments, int tag) {
      this.bio = bio;
      this.segments = segments;
      this.tag = tag;
      boolean cache = limits.volatileWriteCache();
      data = bio.byteCount() > 0;
      preFlush = cache && (bio.has(Bio.PREFLUSH) || bio.operation() == BioOperation.FLUSH);
      postFlush = cache && data && bio.has(Bio.FORCE_UNIT_ACCESS) && !limits.forceUnitAccess();
    }

    void advance(Frame frame) {
      Request request;
      if (preFlush) {
        preFlush = false;
        request = Request.flush(this::ended, name, machine.nanoTime());
      } else if (data) {
        data = false;
        int flags = bio.flags() & ~Bio.PREFLUSH;
        if (!limits.forceUnitAccess()) {
          flags &= ~Bio.FORCE_UNIT_ACCESS;
        }
        request = new Request(this::ended, name, bio, flags, segments, startNanos);
      } else if (postFlush) {
        postFlush = false;
        request = Request.flush(this::ended, name, machine.nanoTime());
      } else {
        finish(null, frame);
        return;
      }
      request.setTag(tag);
      execute(request, frame);
    }

    private void ended(Request request, ErrnoException failure, long bytesDone) {
      if (!machine.powered()) {
        return;
      }
      traces.complete(request, failure);
      long now = machine.nanoTime();
      lock.lock();
      try {
        accounting.returned(request, now);
        if (request.operation() == BioOperation.FLUSH) {
          accounting.flushed(request, now);
        } else {
          accounting.ended(request, now);
        }
      } finally {
        lock.unlock();
      }
      Frame frame = frames.current();
      boolean outermost = !frame.delivering && !frame.inDriver;
      if (outermost) {
        frame.delivering = true;
      }
      try {
        if (failure == null) {
          advance(frame);
        } else {
          finish(failure, frame);
        }
      } finally {
        try {
          frames.settle(frame);
        } finally {
          if (outermost) {
            frame.delivering = false;
          }
        }
      }
    }

    private void finish(ErrnoException failure, Frame frame) {
      List<TagPool.Waiter> granted;
      boolean idle;
      lock.lock();
      try {
        if (bio.byteCount() == 0) {
          accounting.ended(
              new Request(this::ended, name, bio, bio.flags(), 0, startNanos), machine.nanoTime());
        }
        granted = tags.free(tag);
        idle = closed && tags.inUse() == 0;
      } finally {
        lock.unlock();
      }
      for (TagPool.Waiter waiter : granted) {
        if (!waiter.wake()) {
          frame.granted.add(waiter);
        }
      }
      if (idle) {
        drained.wakeAll();
      }
      if (failure == null) {
        bio.complete(null);
      } else {
        bio.fail(failure);
      }
    }
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
      if (!isIdle() && machine.powered()) {
        drained.await("the requests of " + name + " to end", this::isIdle);
      }
    } finally {
      driver.close();
    }
  }

  private boolean isIdle() {
    lock.lock();
    try {
      return tags.isIdle();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
