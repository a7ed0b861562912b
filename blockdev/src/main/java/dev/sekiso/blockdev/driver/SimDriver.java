package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.machine.Machine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * {@code sim}: a modelled disk that takes as long as a real one would, in virtual time on a
 * simulated machine and in real time on a real one. What it stores is on a {@link Media}.
 *
 * <p>It has a volatile write cache as its model has: when the power is cut, what has not reached
 * the media is lost, and a flush waits until it has. A hard disk stops in the middle of a write, at
 * a sector; the pages of flash are programmed or not.
 *
 * <p>Everything that happens, happens in a timer of the machine. With the same seed and the same
 * requests at the same times it does the same.
 *
 * <p>{@code lock} guards the mechanism and the write buffer. Requests are completed without it.
 */
public final class SimDriver implements BlockDriver {

  private final Machine machine;
  private final Media media;
  private final QueueLimits limits;
  private final String timer;
  private final WriteBuffer buffer;
  private final Mechanism mechanism;

  private final ReentrantLock lock = new ReentrantLock();
  private List<Request> ended = new ArrayList<>();

  private SimDriver(
      Machine machine,
      Media media,
      QueueLimits limits,
      String timer,
      Function<Mechanism.Host, Mechanism> mechanism) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.media = Objects.requireNonNull(media, "media");
    this.limits = limits;
    this.timer = timer;
    this.buffer = new WriteBuffer(media);
    this.mechanism = mechanism.apply(new Host());
    machine.onPowerCut(this::powerLost);
  }

  /** A hard disk. It has no chance in it, hence no seed. */
  public static SimDriver hdd(Machine machine, Media media, HddModel model) {
    QueueLimits limits =
        QueueLimits.DEFAULT
            .withQueueDepth(model.queueDepth())
            .withWriteCache(true, false)
            .withRotational(true);
    return new SimDriver(
        machine, media, limits, "hdd", host -> new HddMechanism(host, model, media.sectors()));
  }

  /**
   * A solid-state disk.
   *
   * @param seed chooses which pages are the slow ones
   */
  public static SimDriver ssd(Machine machine, Media media, SsdModel model, long seed) {
    QueueLimits limits =
        QueueLimits.DEFAULT
            .withQueueDepth(model.queueDepth())
            .withWriteCache(true, model.forceUnitAccess())
            .withDiscard(true);
    return new SimDriver(
        machine, media, limits, "ssd", host -> new SsdMechanism(host, model, seed));
  }

  @Override
  public long sectors() {
    return media.sectors();
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean supports(BioOperation operation) {
    return switch (operation) {
      case READ, WRITE, FLUSH -> true;
      case DISCARD -> limits.discard();
      case WRITE_ZEROES -> false;
    };
  }

  @Override
  public void execute(Request request) {
    lock.lock();
    try {
      mechanism.accept(request);
    } finally {
      lock.unlock();
    }
  }

  private void powerLost() {
    lock.lock();
    try {
      mechanism.powerLost();
    } finally {
      lock.unlock();
    }
  }

  /** Something happens in the disk. */
  private void happen(Runnable action) {
    List<Request> done;
    lock.lock();
    try {
      action.run();
      done = ended;
      ended = done.isEmpty() ? done : new ArrayList<>(2);
    } finally {
      lock.unlock();
    }
    for (Request request : done) {
      request.complete(null);
    }
  }

  private final class Host implements Mechanism.Host {

    @Override
    public long now() {
      return machine.nanoTime();
    }

    @Override
    public WriteBuffer buffer() {
      return buffer;
    }

    @Override
    public void at(long nanos, Runnable action) {
      machine.schedule(timer, Math.max(0, nanos - machine.nanoTime()), () -> happen(action));
    }

    @Override
    public void completeAt(long nanos, Request request) {
      at(nanos, () -> finish(request));
    }

    private void finish(Request request) {
      if (request.operation() == BioOperation.READ) {
        long sector = request.sector();
        for (MemorySegment piece : request.segments()) {
          buffer.read(sector, piece);
          sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
        }
      }
      ended.add(request);
    }
  }

  @Override
  public void close() {}
}
