package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * One I/O for one contiguous range of sectors: an operation, flags, and the pieces of memory the
 * data goes to or comes from (the kernel's {@code struct bio}).
 *
 * <p>The submitter builds it, hands it to {@link BlockDevice#submit} once, and owns nothing of it
 * until the completion runs; the pieces of memory must stay valid and, for a write, unchanged until
 * then. The completion runs exactly once, in any context, possibly before {@code submit} returns,
 * and must not wait.
 */
public final class Bio {

  /** Bytes in a sector, the unit of all addresses in the block layer. */
  public static final int SECTOR_SIZE = 512;

  /** log2 of {@link #SECTOR_SIZE}. */
  public static final int SECTOR_SHIFT = 9;

  /** Somebody waits for it ({@code REQ_SYNC}). */
  public static final int SYNC = 1;

  /** File-system metadata ({@code REQ_META}). */
  public static final int METADATA = 1 << 1;

  /** Serve before others ({@code REQ_PRIO}). */
  public static final int PRIORITY = 1 << 2;

  /** Read ahead: may fail under pressure without harm ({@code REQ_RAHEAD}). */
  public static final int READAHEAD = 1 << 3;

  /** Flush the device's volatile cache before the data ({@code REQ_PREFLUSH}). */
  public static final int PREFLUSH = 1 << 4;

  /** Complete only once the data is on stable media ({@code REQ_FUA}). */
  public static final int FORCE_UNIT_ACCESS = 1 << 5;

  /** Fail with EAGAIN instead of waiting for a tag or a queue ({@code REQ_NOWAIT}). */
  public static final int NO_WAIT = 1 << 6;

  /** Background writeback, which may be throttled ({@code REQ_BACKGROUND}). */
  public static final int BACKGROUND = 1 << 7;

  /** Must not be merged with others ({@code REQ_NOMERGE}). */
  public static final int NO_MERGE = 1 << 8;

  /** What happens when the I/O has ended. */
  @FunctionalInterface
  public interface Completion {
    /** Runs once, in any context; {@link Bio#status} tells how it ended. Must not wait. */
    void completed(Bio bio);
  }

  private static final AtomicIntegerFieldUpdater<Bio> ENDED =
      AtomicIntegerFieldUpdater.newUpdater(Bio.class, "ended");

  private final BioOperation operation;
  private int flags;
  private final long sector;
  private final Completion completion;
  private final TaskContext context;
  private final List<MemorySegment> segments;
  private long byteCount;
  private ErrnoException failure;
  private volatile int ended;

  /**
   * A bio on behalf of the running task.
   *
   * @param flags any of the constants of this class, or-ed
   * @param sector first sector on the device it is submitted to; of no meaning for a flush
   * @param completion runs when the I/O has ended
   */
  public Bio(BioOperation operation, int flags, long sector, Completion completion) {
    this(operation, flags, sector, completion, TaskContext.current(), new ArrayList<>(4));
  }

  private Bio(
      BioOperation operation,
      int flags,
      long sector,
      Completion completion,
      TaskContext context,
      List<MemorySegment> segments) {
    this.operation = Objects.requireNonNull(operation, "operation");
    this.flags = flags;
    this.sector = sector;
    this.completion = Objects.requireNonNull(completion, "completion");
    this.context = context;
    this.segments = segments;
  }

  /**
   * Adds a piece of memory behind the last one.
   *
   * @param memory a whole number of sectors of native memory that any thread may access (a driver's
   *     worker will), aligned as the device's limits ask; the pieces together are a whole number of
   *     the device's logical blocks
   */
  public Bio add(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "a bio takes native memory, so that a driver can hand it to the operating system; "
              + "allocate it from an Arena");
    }
    if (operation != BioOperation.READ && operation != BioOperation.WRITE) {
      throw new IllegalArgumentException(
          operation + " carries no data; give its length with length(bytes)");
    }
    if (memory.byteSize() == 0 || (memory.byteSize() & (SECTOR_SIZE - 1)) != 0) {
      throw new IllegalArgumentException(
          "a piece of memory of " + memory.byteSize() + " bytes is not a whole number of sectors");
    }
    segments.add(memory);
    byteCount += memory.byteSize();
    return this;
  }

  /** Sets the length of an operation that carries no data (discard, write zeroes), in bytes. */
  public Bio length(long bytes) {
    if (operation == BioOperation.READ || operation == BioOperation.WRITE) {
      throw new IllegalArgumentException(
          operation + " is as long as its memory; add(memory) gives both");
    }
    byteCount = bytes;
    return this;
  }

  /**
   * A bio of its own over a part of this one's memory, for the same task context: what a queue
   * splits off and what a stacked target sends down ({@code bio_split}, {@code bio_alloc_clone}).
   *
   * @param byteOffset where the part begins in this bio's data
   * @param bytes how long it is
   * @param newFlags flags of the part
   * @param newSector first sector of the part on the device it will be submitted to
   */
  public Bio part(
      long byteOffset, long bytes, int newFlags, long newSector, Completion partCompletion) {
    Objects.checkFromIndexSize(byteOffset, bytes, byteCount);
    List<MemorySegment> pieces = new ArrayList<>();
    if (!segments.isEmpty()) {
      long skip = byteOffset;
      long left = bytes;
      for (MemorySegment segment : segments) {
        if (left == 0) {
          break;
        }
        if (skip >= segment.byteSize()) {
          skip -= segment.byteSize();
          continue;
        }
        long take = Math.min(left, segment.byteSize() - skip);
        pieces.add(take == segment.byteSize() ? segment : segment.asSlice(skip, take));
        skip = 0;
        left -= take;
      }
    }
    Bio part = new Bio(operation, newFlags, newSector, partCompletion, context, pieces);
    part.byteCount = bytes;
    return part;
  }

  /**
   * A bio with another operation, flags and length for the same task context, and no memory yet.
   */
  public Bio derive(
      BioOperation newOperation, int newFlags, long newSector, Completion newCompletion) {
    return new Bio(newOperation, newFlags, newSector, newCompletion, context, new ArrayList<>(4));
  }

  public BioOperation operation() {
    return operation;
  }

  public int flags() {
    return flags;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Takes flags away that the device has no use for. */
  void strip(int unwanted) {
    flags &= ~unwanted;
  }

  public long sector() {
    return sector;
  }

  /** The sector after the last. */
  public long endSector() {
    return sector + (byteCount >> SECTOR_SHIFT);
  }

  public long byteCount() {
    return byteCount;
  }

  /** The pieces of memory, in sector order; read-only. */
  public List<MemorySegment> segments() {
    return Collections.unmodifiableList(segments);
  }

  /** The same list without the wrapper. */
  List<MemorySegment> pieces() {
    return segments;
  }

  /** Whose I/O it is: the control group is charged, the I/O priority counts. */
  public TaskContext context() {
    return context;
  }

  public IoPriority ioPriority() {
    return context.ioPriority();
  }

  /** How it ended: null for success. Meaningful once the completion runs. */
  public Errno status() {
    return failure == null ? null : failure.errno();
  }

  /**
   * Why it failed, naming device and sector, with the cause below it where there was one; null for
   * success. Meaningful once the completion runs.
   */
  public ErrnoException failure() {
    return failure;
  }

  /** Ends the I/O; called by the device, exactly once. Null for success. */
  public void complete(Errno result) {
    if (result == null) {
      end(null);
    } else {
      fail(new ErrnoException(result, this + " failed"));
    }
  }

  /** Ends the I/O with an error; called by the device instead of {@link #complete}. */
  public void fail(ErrnoException reason) {
    end(Objects.requireNonNull(reason, "reason"));
  }

  private void end(ErrnoException result) {
    if (!ENDED.compareAndSet(this, 0, 1)) {
      throw new IllegalStateException(this + " was completed twice");
    }
    failure = result;
    completion.completed(this);
  }

  @Override
  public String toString() {
    return operation == BioOperation.FLUSH
        ? "FLUSH"
        : "%s of %d sectors at sector %d".formatted(operation, byteCount >> SECTOR_SHIFT, sector);
  }
}
