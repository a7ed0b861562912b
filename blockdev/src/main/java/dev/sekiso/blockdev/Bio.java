package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

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

  private final BioOperation operation;
  private final int flags;
  private final long sector;
  private final Completion completion;
  private final TaskContext context;
  private final List<MemorySegment> segments = new ArrayList<>(4);
  private long byteCount;
  private Errno status;

  /**
   * @param sector first sector on the device it is submitted to
   * @param completion runs when the I/O has ended
   */
  public Bio(BioOperation operation, int flags, long sector, Completion completion) {
    this.operation = operation;
    this.flags = flags;
    this.sector = sector;
    this.completion = completion;
    this.context = TaskContext.current();
  }

  /**
   * Adds a piece of memory behind the last one.
   *
   * @param memory a whole number of sectors of native memory, aligned as the device's limits ask
   */
  public Bio add(MemorySegment memory) {
    segments.add(memory);
    byteCount += memory.byteSize();
    return this;
  }

  /** Sets the length of an operation that carries no data (discard, write zeroes), in bytes. */
  public Bio length(long bytes) {
    byteCount = bytes;
    return this;
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

  /** The pieces of memory, in sector order. */
  public List<MemorySegment> segments() {
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
    return status;
  }

  /** Ends the I/O; called by the device, exactly once. */
  public void complete(Errno result) {
    status = result;
    completion.completed(this);
  }
}
