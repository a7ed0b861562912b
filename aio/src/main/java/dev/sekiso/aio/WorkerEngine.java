package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The engine with worker tasks.
 *
 * <p>A read that finds all it wants in memory ends in the submitter. Everything else becomes ready
 * as soon as its {@linkplain FileOrder file's order} allows, and a worker carries it out on behalf
 * of the submitter. Workers are daemons, started one by one while there is more ready than idle
 * workers, up to {@link AioSettings#workers}.
 *
 * <p>{@code lock} guards {@code ready}, {@code orders}, the counts, and the state of every
 * transfer; nothing waits and no listener runs under it. {@code work} is woken when something
 * becomes ready or the engine closes, {@code drained} when the last transfer in flight has ended.
 */
public final class WorkerEngine implements CompletionEngine {

  private final Machine machine;
  private final Execution execution;
  private final AioSettings settings;
  private final WaitQueue work;
  private final WaitQueue drained;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Transfer> ready = new ArrayDeque<>();
  private final Map<Inode, FileOrder> orders = new IdentityHashMap<>();
  private long sequence;
  private int inFlight;
  private int workers;
  private int idle;
  private boolean closing;

  public WorkerEngine(Machine machine, Vfs vfs, AioSettings settings) {
    this.machine = machine;
    this.execution = new Execution(vfs);
    this.settings = settings;
    this.work = machine.newWaitQueue("asynchronous I/O: work");
    this.drained = machine.newWaitQueue("asynchronous I/O: all ended");
  }

  @Override
  public void submit(Transfer transfer) throws ErrnoException {
    execution.hold(transfer);
    try {
      admit(transfer);
    } catch (ErrnoException | RuntimeException e) {
      execution.letGo(transfer);
      throw e;
    }
    // A direct read always waits for the device, which is what the submitter must not.
    boolean mayBeInMemory =
        transfer.operation() == AioOperation.READ && !transfer.file().isDirect();
    if (mayBeInMemory && endedWithoutWaiting(transfer)) {
      return;
    }
    boolean newWorker;
    lock.lock();
    try {
      newWorker = enqueueIfAllowed(transfer);
    } finally {
      lock.unlock();
    }
    serve(newWorker);
  }

  private void admit(Transfer transfer) throws ErrnoException {
    lock.lock();
    try {
      if (closing) {
        throw new ErrnoException(
            Errno.EINVAL, "the engine is closed; no transfer can be submitted");
      }
      if (transfer.state != Transfer.State.NEW) {
        throw new IllegalStateException(transfer + " was submitted before");
      }
      if (inFlight == settings.inFlight()) {
        throw new ErrnoException(
            Errno.EAGAIN,
            inFlight + " transfers are in flight, as many as allowed; wait for some to end");
      }
      inFlight++;
      transfer.sequence = sequence++;
      transfer.state = Transfer.State.HELD;
      order(transfer).add(transfer);
    } finally {
      lock.unlock();
    }
  }

  private boolean endedWithoutWaiting(Transfer transfer) {
    lock.lock();
    try {
      if (transfer.state != Transfer.State.HELD) {
        return true;
      }
      transfer.state = Transfer.State.RUNNING;
    } finally {
      lock.unlock();
    }
    try {
      if (execution.tryRead(transfer) == Execution.Attempt.ENDED) {
        ended(transfer);
        return true;
      }
    } catch (PowerCut e) {
      throw e;
    } catch (RuntimeException | Error e) {
      ended(transfer);
      throw e;
    }
    lock.lock();
    try {
      transfer.state = Transfer.State.HELD;
    } finally {
      lock.unlock();
    }
    return false;
  }

  /** Makes a held transfer ready if its file allows; tells whether a worker must be started. */
  private boolean enqueueIfAllowed(Transfer transfer) {
    if (transfer.state != Transfer.State.HELD || !order(transfer).allows(transfer)) {
      return false;
    }
    transfer.state = Transfer.State.READY;
    ready.add(transfer);
    if (ready.size() <= idle || workers == settings.workers()) {
      return false;
    }
    workers++;
    return true;
  }

  private void serve(boolean newWorker) {
    if (newWorker) {
      startWorker();
    } else {
      work.wakeOne();
    }
  }

  private void startWorker() {
    machine.spawn("aio-worker", TaskKind.DAEMON, TaskContext.ROOT, this::serveUntilClosed);
  }

  private void serveUntilClosed() {
    while (true) {
      Transfer transfer = next();
      if (transfer == null) {
        return;
      }
      try {
        execution.run(transfer);
      } catch (PowerCut e) {
        throw e;
      } catch (RuntimeException | Error e) {
        // This task ends, and the machine tells of the failure; another one takes its place.
        ended(transfer);
        startWorker();
        throw e;
      }
      ended(transfer);
    }
  }

  /** Waits for a ready transfer and takes it; null when the engine is closed and empty. */
  private Transfer next() {
    Transfer[] taken = new Transfer[1];
    lock.lock();
    idle++;
    lock.unlock();
    work.await(
        "a transfer to carry out",
        () -> {
          lock.lock();
          try {
            taken[0] = ready.poll();
            if (taken[0] != null) {
              taken[0].state = Transfer.State.RUNNING;
            } else if (!closing || inFlight > 0) {
              return false;
            }
            // Idle no longer from the moment it has work: whoever adds more counts on that.
            idle--;
            return true;
          } finally {
            lock.unlock();
          }
        });
    return taken[0];
  }

  /** A transfer has ended and its listener has heard: lets go what it held back. */
  private void ended(Transfer transfer) {
    List<Boolean> served = new ArrayList<>();
    boolean last;
    lock.lock();
    try {
      transfer.state = Transfer.State.ENDED;
      FileOrder order = order(transfer);
      order.remove(transfer);
      for (Transfer held : order.held()) {
        if (order.allows(held)) {
          served.add(enqueueIfAllowed(held));
        }
      }
      if (order.isEmpty()) {
        orders.remove(transfer.file().inode());
      }
      last = --inFlight == 0;
    } finally {
      lock.unlock();
    }
    served.forEach(this::serve);
    if (last) {
      drained.wakeAll();
      work.wakeAll();
    }
  }

  private FileOrder order(Transfer transfer) {
    return orders.computeIfAbsent(transfer.file().inode(), inode -> new FileOrder());
  }

  @Override
  public boolean cancel(Transfer transfer) {
    lock.lock();
    try {
      switch (transfer.state) {
        case HELD -> {}
        case READY -> ready.remove(transfer);
        default -> {
          return false;
        }
      }
      transfer.state = Transfer.State.RUNNING;
    } finally {
      lock.unlock();
    }
    execution.end(transfer, 0, Errno.ECANCELED);
    ended(transfer);
    return true;
  }

  @Override
  public void close() {
    lock.lock();
    closing = true;
    lock.unlock();
    drained.await(
        "transfers in flight",
        () -> {
          lock.lock();
          try {
            return inFlight == 0;
          } finally {
            lock.unlock();
          }
        });
    work.wakeAll();
  }
}
