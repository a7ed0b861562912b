package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@code file}: a regular file or a block device of the host, through {@link FileChannel} (what the
 * kernel's {@code loop} is).
 *
 * <p><b>Who does the I/O.</b> A {@code FileChannel} blocks, and a driver must not. In real time up
 * to {@code workers} daemon tasks do it, started as needed. Each has its own channels, so that a
 * request of many pieces of memory is one seek and one vectored call. In virtual time the I/O is
 * done at once in {@link #execute}, in no or a configured virtual time, so that a simulation can
 * run on a real image.
 *
 * <p><b>Past the host's page cache.</b> {@link Caching#DIRECT}: a page cache over another one keeps
 * everything twice and copies it twice, so transfers go straight between our memory and the host's
 * disk where the host can ({@code O_DIRECT}, as {@code loop} with direct I/O). {@link Caching#HOST}
 * goes through the host's cache. What cannot go past it goes through it, see {@link HostGate}; in
 * virtual time everything does.
 *
 * <p><b>Durability.</b> {@link Durability#FSYNC}: the device tells that it has a volatile cache
 * (the host's page cache), and a flush forces the file to stable storage. {@link Durability#HOST}:
 * it tells of none, and what is written is as safe as the host's page cache: it outlives this
 * process, not the host. A power cut of the machine does not touch the host's file, except that
 * requests not yet begun are dropped; put the target {@code volatile-cache} on top to lose more.
 *
 * <p><b>Errors</b> end the request with EIO, or ENOSPC when the host's file system is full; the
 * bio's {@code failure()} names the file and has the {@link IOException} as its cause.
 *
 * <p>{@code lock} guards the requests waiting for a worker and the number of workers.
 */
public final class FileDriver implements BlockDriver {

  /** How safe a completed write and a flush are. */
  public enum Durability {
    /** A flush calls fsync on the host. */
    FSYNC,
    /** Nothing is forced; flushes cost nothing. */
    HOST
  }

  /** Whether the host's page cache is used. */
  public enum Caching {
    /** Past it, where the host can. */
    DIRECT,
    /** Through it: what it holds already is read without its disk. */
    HOST
  }

  /** Whether the file may be written. */
  public enum Access {
    READ_WRITE,
    READ_ONLY
  }

  /**
   * How the file is used.
   *
   * @param workers requests in the host at one time; the device's queue depth
   * @param virtualNanos how long a request takes on a simulated machine
   */
  public record Options(
      Access access, Durability durability, Caching caching, int workers, long virtualNanos) {

    /** Read and write, flushes forced, past the host's cache, 32 at a time, no virtual time. */
    public static final Options DEFAULT =
        new Options(Access.READ_WRITE, Durability.FSYNC, Caching.DIRECT, 32, 0);

    public Options {
      Objects.requireNonNull(access, "access");
      Objects.requireNonNull(durability, "durability");
      Objects.requireNonNull(caching, "caching");
      if (workers < 1) {
        throw new IllegalArgumentException("workers " + workers + " is below 1");
      }
      if (virtualNanos < 0) {
        throw new IllegalArgumentException("virtualNanos " + virtualNanos + " is negative");
      }
    }

    public Options withAccess(Access newAccess) {
      return new Options(newAccess, durability, caching, workers, virtualNanos);
    }

    public Options withDurability(Durability newDurability) {
      return new Options(access, newDurability, caching, workers, virtualNanos);
    }

    public Options withCaching(Caching newCaching) {
      return new Options(access, durability, newCaching, workers, virtualNanos);
    }

    public Options withWorkers(int count) {
      return new Options(access, durability, caching, count, virtualNanos);
    }

    public Options withVirtualNanos(long nanos) {
      return new Options(access, durability, caching, workers, nanos);
    }
  }

  /**
   * The largest request, and the preferred one: a vectored call of as many pages as the host takes.
   * The host then allocates room in a sparse file for that much at a time, and two windows of
   * readahead, each of two such requests, keep a fast disk busy while a reader copies.
   */
  private static final int REQUEST = HostFile.MOST_PIECES * 4096;

  private final Machine machine;
  private final HostFile file;
  private final Options options;
  private final QueueLimits limits;
  private final boolean inline;
  private final HostGate gate;
  private final HostLane inlineLane;
  private final WaitQueue work;

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Request> waiting = new ArrayDeque<>();
  private final List<HostLane> lanes = new ArrayList<>();
  private int workers;
  private int idleWorkers;
  private boolean closed;

  private FileDriver(Machine machine, Options options, HostFile file) {
    this.machine = machine;
    this.file = file;
    this.options = options;
    this.inline = machine instanceof SimulatedMachine;
    this.gate = new HostGate(machine, inline ? Caching.HOST : options.caching);
    this.inlineLane = newLane();
    this.limits =
        QueueLimits.DEFAULT
            .withQueueDepth(options.workers)
            .withMaxSectors(REQUEST >> Bio.SECTOR_SHIFT)
            .withOptimalIo(REQUEST)
            .withSegments(HostFile.MOST_PIECES, QueueLimits.DEFAULT.maxSegmentSize(), -1)
            .withWriteCache(options.durability == Durability.FSYNC, false);
    this.work = machine.newWaitQueue("requests for " + file);
  }

  /**
   * Opens a file or a block device as it is.
   *
   * @throws ErrnoException ENOENT, EACCES, EISDIR; EINVAL when its size is zero or not a multiple
   *     of 512
   */
  public static FileDriver open(Machine machine, Path path, Options options) throws ErrnoException {
    return new FileDriver(machine, options, HostFile.open(path, options.access));
  }

  /**
   * Makes a new file of the given size, all zeroes and sparse, and opens it.
   *
   * @param bytes a multiple of 512
   * @throws ErrnoException EEXIST when there is one already, ENOSPC, EACCES, EINVAL
   */
  public static FileDriver create(Machine machine, Path path, long bytes, Options options)
      throws ErrnoException {
    if (options.access == Access.READ_ONLY) {
      throw new ErrnoException(Errno.EINVAL, path + ": a new file that may not be written");
    }
    return new FileDriver(machine, options, HostFile.create(path, bytes));
  }

  @Override
  public long sectors() {
    return file.sectors();
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean readOnly() {
    return options.access == Access.READ_ONLY;
  }

  @Override
  public void execute(Request request) {
    if (inline) {
      ErrnoException failure = carryOut(request, inlineLane);
      if (options.virtualNanos == 0) {
        end(request, failure);
      } else {
        machine.schedule("I/O on " + file, options.virtualNanos, () -> end(request, failure));
      }
      return;
    }
    boolean hire = false;
    lock.lock();
    try {
      waiting.add(request);
      if (waiting.size() > idleWorkers && workers < options.workers) {
        workers++;
        hire = true;
      }
    } finally {
      lock.unlock();
    }
    if (hire) {
      hire();
    } else {
      work.wakeOne();
    }
  }

  private void hire() {
    machine.spawn("file-worker", TaskKind.DAEMON, TaskContext.ROOT, this::serve);
  }

  /** A worker's life: it ends with the driver or with the machine. */
  private void serve() {
    boolean orderly = false;
    HostLane own = newLane();
    try {
      Request[] mine = new Request[1];
      for (Request next = await(mine); next != null; next = await(mine)) {
        end(next, carryOut(next, own));
      }
      orderly = true;
    } finally {
      giveUp(own);
      if (!orderly) {
        replaced();
      }
    }
  }

  /** Waits for a request; null when the driver is closed. */
  private Request await(Request[] slot) {
    standIdle(1);
    try {
      work.await(file, () -> take(slot));
    } finally {
      standIdle(-1);
    }
    return slot[0];
  }

  /** A completion threw through a worker, which ends by it: another one goes on. */
  private void replaced() {
    boolean needed;
    lock.lock();
    try {
      needed = !waiting.isEmpty() && !closed && machine.powered();
      if (!needed) {
        workers--;
      }
    } finally {
      lock.unlock();
    }
    if (needed) {
      hire();
    }
  }

  private void standIdle(int change) {
    lock.lock();
    try {
      idleWorkers += change;
    } finally {
      lock.unlock();
    }
  }

  private HostLane newLane() {
    HostLane lane = new HostLane(file, gate);
    lock.lock();
    try {
      lanes.add(lane);
    } finally {
      lock.unlock();
    }
    return lane;
  }

  private void giveUp(HostLane lane) {
    lock.lock();
    try {
      lanes.remove(lane);
    } finally {
      lock.unlock();
    }
    try {
      lane.close();
    } catch (IOException e) {
      // Whatever went through it has been reported; a flush tells what has not arrived.
    }
  }

  /** Takes a request, or notices the end; false while there is neither. */
  private boolean take(Request[] slot) {
    lock.lock();
    try {
      slot[0] = waiting.poll();
      return slot[0] != null || closed;
    } finally {
      lock.unlock();
    }
  }

  private static void end(Request request, ErrnoException failure) {
    if (failure == null) {
      request.complete(null);
    } else {
      request.fail(failure, 0);
    }
  }

  private ErrnoException carryOut(Request request, HostLane lane) {
    try {
      long position = request.sector() << Bio.SECTOR_SHIFT;
      switch (request.operation()) {
        case READ -> lane.read(position, request.segments());
        case WRITE -> lane.write(position, request.segments());
        case FLUSH -> file.force();
        case DISCARD, WRITE_ZEROES ->
            throw new UnsupportedOperationException(request.operation() + " was not offered");
      }
      return null;
    } catch (IOException e) {
      return new ErrnoException(
          HostFile.errno(e), request + " of " + file + " failed: " + e.getMessage(), e);
    } catch (IllegalStateException | WrongThreadException e) {
      return new ErrnoException(
          Errno.EFAULT,
          request
              + " of "
              + file
              + ": its memory is gone or belongs to another thread; use a shared or automatic"
              + " arena that outlives the I/O",
          e);
    }
  }

  @Override
  public void close() throws ErrnoException {
    List<Closeable> open;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      open = new ArrayList<>(lanes);
      open.add(file);
    } finally {
      lock.unlock();
    }
    if (!inline && machine.powered()) {
      work.wakeAll();
    }
    ErrnoException failure = null;
    for (Closeable one : open) {
      try {
        one.close();
      } catch (IOException e) {
        failure = new ErrnoException(HostFile.errno(e), file + " cannot be closed", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public String toString() {
    return "file:" + file;
  }
}
