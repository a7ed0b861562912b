package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * One read, write or sync on its way through a {@link CompletionEngine}. Used once. Its progress
 * fields belong to the engine and are guarded by the engine's lock.
 */
public final class Transfer {

  /** Hears how a transfer ended. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Runs once; must not wait.
     *
     * @param bytes transferred, 0 for a sync or a failure
     * @param errno null for success
     */
    void ended(Transfer transfer, int bytes, Errno errno);
  }

  enum State {
    NEW,
    /** Waits for earlier transfers of its file. */
    HELD,
    READY,
    RUNNING,
    ENDED
  }

  private final AioOperation operation;
  private final OpenFile file;
  private final MemorySegment memory;
  private final long position;
  private final Listener listener;
  private final TaskContext context = TaskContext.current();
  private final boolean appends;

  State state = State.NEW;

  /** Place in the file's order. */
  long sequence;

  /** Whether a reference to the file was taken for it. */
  boolean holdsFile;

  /** Bytes the attempt without waiting has brought already. */
  int done;

  private Transfer(
      AioOperation operation,
      OpenFile file,
      MemorySegment memory,
      long position,
      Listener listener) {
    this.operation = Objects.requireNonNull(operation, "operation");
    this.file = Objects.requireNonNull(file, "file");
    this.memory = Objects.requireNonNull(memory, "memory");
    this.position = position;
    this.listener = Objects.requireNonNull(listener, "listener");
    this.appends = operation == AioOperation.WRITE && file.isAppending();
  }

  /** A read or a write; a write to a file opened for appending goes to its end. */
  public static Transfer of(
      AioOperation operation,
      OpenFile file,
      MemorySegment memory,
      long position,
      Listener listener) {
    return new Transfer(operation, file, memory, position, listener);
  }

  /** A sync, whole or of data. */
  public static Transfer sync(AioOperation operation, OpenFile file, Listener listener) {
    return new Transfer(operation, file, MemorySegment.NULL, 0, listener);
  }

  public AioOperation operation() {
    return operation;
  }

  public OpenFile file() {
    return file;
  }

  public MemorySegment memory() {
    return memory;
  }

  public long position() {
    return position;
  }

  /** On whose behalf it runs: the submitter's. */
  TaskContext context() {
    return context;
  }

  boolean isSync() {
    return operation == AioOperation.SYNC || operation == AioOperation.DATA_SYNC;
  }

  /** Whether it went to the file's end when it was made; the file's flags may change later. */
  boolean appends() {
    return appends;
  }

  void end(int bytes, Errno errno) {
    listener.ended(this, bytes, errno);
  }

  @Override
  public String toString() {
    return operation + " " + file + " at " + position;
  }
}
