package dev.sekiso.blockdev;

import dev.sekiso.blockdev.internal.Failures;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * One I/O as the driver sees it: one or more bios for adjoining sectors, with a tag (the kernel's
 * {@code struct request}).
 *
 * <p>Its life: made from a bio by the queue with a tag → held in the submitter's plug, where bios
 * may join it → in the scheduler, where bios and whole requests may join it → in the driver →
 * ended. A request that needs the device's cache flushed takes the way of {@link FlushSequencer}
 * instead of plug and scheduler.
 *
 * <p>Who may touch it: the submitting task until it hands it to the queue, then whoever holds the
 * queue's lock, then the driver until it calls {@link #complete}. Each hand-over is ordered by the
 * queue's lock, so the fields are plain; only the mark that it has ended is atomic.
 */
public final class Request {

  /** Where a request is; changed by {@link RequestQueue} under its lock. */
  enum State {
    HELD,
    QUEUED,
    IN_DRIVER,
    ENDED
  }

  /** Who hears of the end of a request. */
  @FunctionalInterface
  interface Owner {
    void completed(Request request, ErrnoException failure, long bytesDone);
  }

  private static final AtomicIntegerFieldUpdater<Request> ENDED =
      AtomicIntegerFieldUpdater.newUpdater(Request.class, "ended");

  private static final int NO_MERGE_FLAGS = Bio.NO_MERGE | Bio.PREFLUSH | Bio.FORCE_UNIT_ACCESS;

  private final Owner owner;
  private final String device;
  private final BioOperation operation;
  private final TaskContext context;
  private int flags;
  private long sector;
  private long byteCount;
  private int segmentCount;
  private Bio first;
  private Deque<Bio> bios;
  private int tag = -1;
  private long startNanos;
  private long issueNanos;
  private Object schedulerData;
  private volatile int ended;

  State state = State.HELD;

  /** Set while the request is in the hands of the flush sequencer. */
  FlushSequencer.Sequence flushSequence;

  /** The scheduler has it or had it, and must be told of its end. */
  boolean scheduled;

  Request(Owner owner, String device, Bio bio, int flags, int segmentCount, long startNanos) {
    this(owner, device, bio.operation(), flags, bio.context(), startNanos);
    this.sector = bio.sector();
    this.byteCount = bio.byteCount();
    this.segmentCount = segmentCount;
    this.first = bio;
  }

  private Request(
      Owner owner,
      String device,
      BioOperation operation,
      int flags,
      TaskContext context,
      long startNanos) {
    this.owner = owner;
    this.device = device;
    this.operation = operation;
    this.flags = flags;
    this.context = context;
    this.startNanos = startNanos;
  }

  /** A flush of the device's cache, which belongs to no bio. */
  static Request flush(Owner owner, String device, long startNanos) {
    return new Request(
        owner, device, BioOperation.FLUSH, Bio.PREFLUSH, TaskContext.ROOT, startNanos);
  }

  /** READ, WRITE, FLUSH, or, where the driver supports them, DISCARD and WRITE_ZEROES. */
  public BioOperation operation() {
    return operation;
  }

  /** Whether it counts as a write for schedulers: everything but a read. */
  public boolean isWrite() {
    return operation != BioOperation.READ;
  }

  /** The flags of the first bio, less what the queue does by itself. */
  public int flags() {
    return flags;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  public long sector() {
    return sector;
  }

  /** The sector after the last. */
  public long endSector() {
    return sector + sectors();
  }

  public long sectors() {
    return byteCount >> Bio.SECTOR_SHIFT;
  }

  public long byteCount() {
    return byteCount;
  }

  /**
   * Pieces of memory as the device counts them: contiguous memory is one piece up to its limits.
   */
  public int segmentCount() {
    return segmentCount;
  }

  /** A number below the queue's {@code nr_requests}, unique among its requests; -1 for a flush. */
  public int tag() {
    return tag;
  }

  /** When its first bio was submitted, in {@code Machine.nanoTime}. */
  public long startNanos() {
    return startNanos;
  }

  /** When it was handed to the driver, in {@code Machine.nanoTime}. */
  public long issueNanos() {
    return issueNanos;
  }

  /** On whose behalf; the same control group and priority for all its bios. */
  public TaskContext context() {
    return context;
  }

  public IoPriority ioPriority() {
    return context.ioPriority();
  }

  /** The bios it carries, in sector order; read-only. */
  public Collection<Bio> bios() {
    if (bios != null) {
      return Collections.unmodifiableCollection(bios);
    }
    return first == null ? List.of() : List.of(first);
  }

  /** The pieces of memory of all bios, in sector order. */
  public List<MemorySegment> segments() {
    if (bios == null) {
      return first == null ? List.of() : first.segments();
    }
    List<MemorySegment> all = new ArrayList<>();
    for (Bio bio : bios) {
      all.addAll(bio.pieces());
    }
    return all;
  }

  /** What the scheduler that holds the request keeps with it (the kernel's {@code elv.priv}). */
  public Object schedulerData() {
    return schedulerData;
  }

  public void setSchedulerData(Object data) {
    schedulerData = data;
  }

  /** Whether anything may still be merged into it ({@code rq_mergeable}). */
  public boolean mergeable() {
    return switch (operation) {
      case READ, WRITE, DISCARD -> (flags & NO_MERGE_FLAGS) == 0 && flushSequence == null;
      case FLUSH, WRITE_ZEROES -> false;
    };
  }

  /** Ends the request; called by the driver, once. Null for success. */
  public void complete(Errno status) {
    if (status == null) {
      end(null, byteCount);
    } else {
      fail(new ErrnoException(status, this + " on " + device + " failed"), 0);
    }
  }

  /**
   * Ends the request with an error; called by the driver, once.
   *
   * @param reason what went wrong; every bio that failed carries it
   * @param bytesDone bytes from the start that were transferred all the same: bios wholly within
   *     them succeed
   */
  public void fail(ErrnoException reason, long bytesDone) {
    if (reason == null) {
      throw new IllegalArgumentException("a failure needs a reason; complete(null) is success");
    }
    end(reason, bytesDone);
  }

  private void end(ErrnoException failure, long bytesDone) {
    if (!ENDED.compareAndSet(this, 0, 1)) {
      throw new IllegalStateException(this + " on " + device + " was completed twice");
    }
    owner.completed(this, failure, bytesDone);
  }

  boolean hasEnded() {
    return ended != 0;
  }

  void setTag(int newTag) {
    tag = newTag;
  }

  void setIssueNanos(long nanos) {
    issueNanos = nanos;
  }

  void setFlags(int newFlags) {
    flags = newFlags;
  }

  void addFlag(int flag) {
    flags |= flag;
  }

  void append(Bio bio, int segments) {
    many().addLast(bio);
    byteCount += bio.byteCount();
    segmentCount += segments;
  }

  void prepend(Bio bio, int segments) {
    many().addFirst(bio);
    sector = bio.sector();
    byteCount += bio.byteCount();
    segmentCount += segments;
  }

  /** Takes over everything of the request that follows this one. */
  void absorb(Request next) {
    Deque<Bio> mine = many();
    mine.addAll(next.bios());
    byteCount += next.byteCount;
    segmentCount += next.segmentCount;
    startNanos = Math.min(startNanos, next.startNanos);
    next.first = null;
    next.bios = null;
    next.state = State.ENDED;
  }

  private Deque<Bio> many() {
    if (bios == null) {
      bios = new ArrayDeque<>();
      bios.add(first);
      first = null;
    }
    return bios;
  }

  /**
   * Ends the bios; the first {@code bytesDone} bytes went well even when the rest failed. A
   * completion that throws does not keep the others from being told.
   */
  void endBios(ErrnoException failure, long bytesDone) {
    Throwable thrown = null;
    long done = bytesDone;
    for (Bio bio : bios != null ? bios : bios()) {
      done -= bio.byteCount();
      try {
        if (failure == null || (done >= 0 && bio.byteCount() > 0)) {
          bio.complete(null);
        } else {
          bio.fail(failure);
        }
      } catch (RuntimeException | Error e) {
        thrown = Failures.join(thrown, e);
      }
    }
    Failures.rethrow(thrown);
  }

  @Override
  public String toString() {
    return operation == BioOperation.FLUSH
        ? "FLUSH"
        : "%s of %d sectors at sector %d".formatted(operation, sectors(), sector);
  }
}
