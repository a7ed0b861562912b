package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.vfs.OpenFile;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * POSIX asynchronous I/O ({@code aio(7)}).
 *
 * <p>It is not non-blocking I/O: a non-blocking read copies when asked and takes the caller's time
 * for it; here the data has been copied by the time the caller hears.
 */
public final class PosixAio implements AutoCloseable {

  /** What {@link #cancel} came to. */
  public enum Cancellation {
    /** All that was asked for was cancelled ({@code AIO_CANCELED}). */
    CANCELED,
    /** Something is being carried out and was left alone ({@code AIO_NOTCANCELED}). */
    NOT_CANCELED,
    /** Everything had ended before ({@code AIO_ALLDONE}). */
    ALL_DONE
  }

  private final CompletionEngine engine;
  private final WaitQueue ended;

  /** In the order of submission; guarded by its monitor. */
  private final Set<AioControlBlock> inProgress = new LinkedHashSet<>();

  public PosixAio(Machine machine, CompletionEngine engine) {
    this.engine = engine;
    this.ended = machine.newWaitQueue("asynchronous I/O: ended");
  }

  /**
   * {@code aio_read}: starts reading.
   *
   * @throws ErrnoException EAGAIN when too many are in flight; EINVAL when the control block is in
   *     use, is none for reading, or has a negative position; EBADF when the file is not open for
   *     reading
   */
  public void read(AioControlBlock block) throws ErrnoException {
    expect(block, AioOperation.READ);
    start(block, () -> {});
  }

  /** {@code aio_write}: starts writing; at the file's end if it was opened for appending. */
  public void write(AioControlBlock block) throws ErrnoException {
    expect(block, AioOperation.WRITE);
    start(block, () -> {});
  }

  /** {@code aio_fsync}: starts making durable what was queued for the file before. */
  public void fsync(AioControlBlock block) throws ErrnoException {
    if (block.operation() != AioOperation.SYNC && block.operation() != AioOperation.DATA_SYNC) {
      throw new ErrnoException(Errno.EINVAL, block + " is no sync");
    }
    start(block, () -> {});
  }

  /**
   * {@code aio_error}: how the operation stands.
   *
   * @return EINPROGRESS, ECANCELED, the operation's error, or null for success
   * @throws ErrnoException EINVAL when the result was fetched or nothing was submitted
   */
  public Errno error(AioControlBlock block) throws ErrnoException {
    return switch (block.state.get()) {
      case AioControlBlock.State.InProgress p -> Errno.EINPROGRESS;
      case AioControlBlock.State.Ended end -> end.errno();
      case AioControlBlock.State.Unused u -> throw unused(block);
    };
  }

  /**
   * {@code aio_return}: fetches the result, once.
   *
   * @return bytes transferred, 0 for a sync, −1 after an error
   * @throws ErrnoException EINVAL when it was fetched before or nothing was submitted; EINPROGRESS
   *     when the operation has not ended
   */
  public int result(AioControlBlock block) throws ErrnoException {
    AioControlBlock.State state = block.state.get();
    if (state instanceof AioControlBlock.State.InProgress) {
      throw new ErrnoException(Errno.EINPROGRESS, block + " has not ended; suspend waits for it");
    }
    if (state instanceof AioControlBlock.State.Ended end
        && block.state.compareAndSet(end, AioControlBlock.State.UNUSED)) {
      return end.errno() == null ? end.bytes() : -1;
    }
    throw unused(block);
  }

  /** {@code aio_suspend}: waits until one of the operations has ended. Null entries are skipped. */
  public void suspend(List<AioControlBlock> blocks) {
    if (blocks.stream().anyMatch(Objects::nonNull)) {
      ended.await(subject(blocks), () -> anyEnded(blocks));
    }
  }

  /**
   * As {@link #suspend(List)}, for a time.
   *
   * @throws ErrnoException EAGAIN when none has ended in that time
   */
  public void suspend(List<AioControlBlock> blocks, long timeoutNanos) throws ErrnoException {
    if (!ended.await(subject(blocks), () -> anyEnded(blocks), timeoutNanos)) {
      throw new ErrnoException(
          Errno.EAGAIN, "none of the operations ended within " + timeoutNanos + " ns");
    }
  }

  /** {@code aio_cancel} for one operation. */
  public Cancellation cancel(AioControlBlock block) {
    return switch (block.state.get()) {
      case AioControlBlock.State.InProgress progress ->
          engine.cancel(progress.transfer()) ? Cancellation.CANCELED : stillRunning(block);
      case AioControlBlock.State.Ended e -> Cancellation.ALL_DONE;
      case AioControlBlock.State.Unused u -> Cancellation.ALL_DONE;
    };
  }

  /** {@code aio_cancel} for all operations on an open file. */
  public Cancellation cancel(OpenFile file) {
    Cancellation result = Cancellation.ALL_DONE;
    for (AioControlBlock block : inProgressOn(file)) {
      Cancellation one = cancel(block);
      if (one == Cancellation.NOT_CANCELED || result == Cancellation.NOT_CANCELED) {
        result = Cancellation.NOT_CANCELED;
      } else if (one == Cancellation.CANCELED) {
        result = Cancellation.CANCELED;
      }
    }
    return result;
  }

  private List<AioControlBlock> inProgressOn(OpenFile file) {
    synchronized (inProgress) {
      return inProgress.stream().filter(block -> block.file() == file).toList();
    }
  }

  private void enter(AioControlBlock block) {
    synchronized (inProgress) {
      inProgress.add(block);
    }
  }

  private void leave(AioControlBlock block) {
    synchronized (inProgress) {
      inProgress.remove(block);
    }
  }

  /**
   * {@code lio_listio} with {@code LIO_WAIT}: starts all and waits for all.
   *
   * @throws ErrnoException EAGAIN when some could not be started (each one's own error says which);
   *     EIO when some failed
   */
  public void listAndWait(List<AioControlBlock> blocks) throws ErrnoException {
    AtomicInteger left = new AtomicInteger(1);
    int refused = startAll(blocks, left, () -> {});
    left.decrementAndGet();
    ended.await(subject(blocks), () -> left.get() == 0);
    if (refused > 0) {
      throw refused(refused, blocks.size());
    }
    for (AioControlBlock block : blocks) {
      if (block != null
          && block.state.get() instanceof AioControlBlock.State.Ended end
          && end.errno() != null) {
        throw new ErrnoException(Errno.EIO, block + " failed: " + end.errno());
      }
    }
  }

  /**
   * {@code lio_listio} with {@code LIO_NOWAIT}: starts all.
   *
   * @param notification runs once when all have ended; must not wait
   * @throws ErrnoException EAGAIN when some could not be started; the others go on
   */
  public void list(List<AioControlBlock> blocks, Runnable notification) throws ErrnoException {
    AtomicInteger left = new AtomicInteger(1);
    int refused = startAll(blocks, left, notification);
    if (left.decrementAndGet() == 0) {
      notification.run();
    }
    if (refused > 0) {
      throw refused(refused, blocks.size());
    }
  }

  /** Waits until everything has ended; takes no more. */
  @Override
  public void close() {
    engine.close();
  }

  private int startAll(List<AioControlBlock> blocks, AtomicInteger left, Runnable atEnd) {
    int refused = 0;
    for (AioControlBlock block : blocks) {
      if (block == null || block.operation() == AioOperation.NO_OPERATION) {
        continue;
      }
      left.incrementAndGet();
      try {
        start(
            block,
            () -> {
              if (left.decrementAndGet() == 0) {
                atEnd.run();
              }
            });
      } catch (ErrnoException e) {
        refused++;
        left.decrementAndGet();
        block.state.compareAndSet(
            AioControlBlock.State.UNUSED, new AioControlBlock.State.Ended(0, e.errno()));
      }
    }
    return refused;
  }

  private void start(AioControlBlock block, Runnable atEnd) throws ErrnoException {
    check(block);
    Transfer.Listener listener =
        (transfer, bytes, errno) -> {
          leave(block);
          block.state.set(new AioControlBlock.State.Ended(bytes, errno));
          block.announce();
          atEnd.run();
          ended.wakeAll();
        };
    Transfer transfer =
        block.operation() == AioOperation.READ || block.operation() == AioOperation.WRITE
            ? Transfer.of(
                block.operation(), block.file(), block.memory(), block.position(), listener)
            : Transfer.sync(block.operation(), block.file(), listener);
    AioControlBlock.State before = block.state.get();
    if (before instanceof AioControlBlock.State.InProgress
        || !block.state.compareAndSet(before, new AioControlBlock.State.InProgress(transfer))) {
      throw new ErrnoException(Errno.EINVAL, block + " is in progress already");
    }
    enter(block);
    try {
      engine.submit(transfer);
    } catch (ErrnoException e) {
      leave(block);
      block.state.set(AioControlBlock.State.UNUSED);
      throw e;
    }
  }

  private static void check(AioControlBlock block) throws ErrnoException {
    boolean transfersData =
        block.operation() == AioOperation.READ || block.operation() == AioOperation.WRITE;
    if (transfersData && block.position() < 0) {
      throw new ErrnoException(Errno.EINVAL, block + ": the position is negative");
    }
    if (block.operation() == AioOperation.READ && !block.file().isReadable()) {
      throw new ErrnoException(Errno.EBADF, block.file() + " is not open for reading");
    }
    if (block.operation() != AioOperation.READ && !block.file().isWritable()) {
      throw new ErrnoException(Errno.EBADF, block.file() + " is not open for writing");
    }
  }

  private static void expect(AioControlBlock block, AioOperation operation) throws ErrnoException {
    if (block.operation() != operation) {
      throw new ErrnoException(Errno.EINVAL, block + " is no " + operation);
    }
  }

  private static Cancellation stillRunning(AioControlBlock block) {
    return block.state.get() instanceof AioControlBlock.State.InProgress
        ? Cancellation.NOT_CANCELED
        : Cancellation.ALL_DONE;
  }

  private static boolean anyEnded(List<AioControlBlock> blocks) {
    for (AioControlBlock block : blocks) {
      if (block != null && !(block.state.get() instanceof AioControlBlock.State.InProgress)) {
        return true;
      }
    }
    return false;
  }

  private static Object subject(List<AioControlBlock> blocks) {
    return new Object() {
      @Override
      public String toString() {
        return "one of " + blocks;
      }
    };
  }

  private static ErrnoException refused(int refused, int of) {
    return new ErrnoException(
        Errno.EAGAIN, refused + " of " + of + " operations could not be started");
  }

  private static ErrnoException unused(AioControlBlock block) {
    return new ErrnoException(
        Errno.EINVAL, block + " was not submitted, or its result was fetched before");
  }
}
