package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One asynchronous operation as its program sees it ({@code struct aiocb}): where, what memory, and
 * how it went. May be used again once its result was fetched.
 */
public final class AioControlBlock {

  /** Where a control block is in its life. */
  sealed interface State {
    State UNUSED = new Unused();

    /** Not submitted, or its result was fetched. */
    record Unused() implements State {}

    /** Submitted. */
    record InProgress(Transfer transfer) implements State {}

    /** Over; the result waits to be fetched. */
    record Ended(int bytes, Errno errno) implements State {}
  }

  private final OpenFile file;
  private final AioOperation operation;
  private final MemorySegment memory;
  private final long position;
  private final Consumer<AioControlBlock> notification;

  final AtomicReference<State> state = new AtomicReference<>(State.UNUSED);

  private AioControlBlock(
      OpenFile file,
      AioOperation operation,
      MemorySegment memory,
      long position,
      Consumer<AioControlBlock> notification) {
    this.file = Objects.requireNonNull(file, "file");
    this.operation = operation;
    this.memory = Objects.requireNonNull(memory, "memory");
    this.position = position;
    this.notification = notification;
  }

  /** For {@code aio_read} and {@code lio_listio}. */
  public static AioControlBlock read(OpenFile file, MemorySegment destination, long position) {
    return new AioControlBlock(file, AioOperation.READ, destination, position, done -> {});
  }

  /** For {@code aio_write} and {@code lio_listio}. */
  public static AioControlBlock write(OpenFile file, MemorySegment source, long position) {
    return new AioControlBlock(file, AioOperation.WRITE, source, position, done -> {});
  }

  /** For {@code aio_fsync}: {@link AioOperation#SYNC} or {@link AioOperation#DATA_SYNC}. */
  public static AioControlBlock sync(OpenFile file, AioOperation kind) {
    if (kind != AioOperation.SYNC && kind != AioOperation.DATA_SYNC) {
      throw new IllegalArgumentException(kind + " is no kind of sync");
    }
    return new AioControlBlock(file, kind, MemorySegment.NULL, 0, done -> {});
  }

  /** An entry of {@code lio_listio} to be skipped. */
  public static AioControlBlock noOperation(OpenFile file) {
    return new AioControlBlock(file, AioOperation.NO_OPERATION, MemorySegment.NULL, 0, done -> {});
  }

  /**
   * The same operation with a notification ({@code aio_sigevent}): called once when it has ended,
   * after its status shows so. Must not wait.
   */
  public AioControlBlock notifying(Consumer<AioControlBlock> listener) {
    return new AioControlBlock(
        file, operation, memory, position, Objects.requireNonNull(listener, "listener"));
  }

  public OpenFile file() {
    return file;
  }

  public AioOperation operation() {
    return operation;
  }

  public MemorySegment memory() {
    return memory;
  }

  public long position() {
    return position;
  }

  void announce() {
    notification.accept(this);
  }

  @Override
  public String toString() {
    return operation + " of " + memory.byteSize() + " bytes at " + position + " of " + file;
  }
}
