package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.internal.Trampoline;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@code error} and {@code flaky}: passes bios on to the device below, except where a {@link Fault}
 * strikes (the kernel's {@code dm-error}, {@code dm-flakey} and fault injection). Faults are
 * injected and cleared at any time; the first that strikes a bio decides.
 *
 * <p>{@code lock} guards the faults, what is left of them, and the chance.
 */
public final class FaultyDevice implements BlockDevice {

  /** A fault and what is left of it. */
  private static final class Armed {

    private final Fault fault;
    private final long sinceNanos;
    private long toSkip;
    private long left;

    Armed(Fault fault, long sinceNanos) {
      this.fault = fault;
      this.sinceNanos = sinceNanos;
      this.toSkip = fault.skip();
      this.left = fault.limit();
    }
  }

  private final Machine machine;
  private final String name;
  private final BlockDevice below;
  private final Trampoline trampoline = new Trampoline();

  private final ReentrantLock lock = new ReentrantLock();
  private final SplittableRandom chance;
  private final List<Armed> faults = new ArrayList<>();
  private long strikes;

  /**
   * A device without faults so far.
   *
   * @param seed of the chances faults may have
   */
  public FaultyDevice(Machine machine, String name, BlockDevice below, long seed) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.name = Objects.requireNonNull(name, "name");
    this.below = Objects.requireNonNull(below, "below");
    this.chance = new SplittableRandom(seed);
  }

  /** Adds a fault behind those there are. */
  public void inject(Fault fault) {
    Objects.requireNonNull(fault, "fault");
    lock.lock();
    try {
      faults.add(new Armed(fault, machine.nanoTime()));
    } finally {
      lock.unlock();
    }
  }

  /** Repairs the device. */
  public void clearFaults() {
    lock.lock();
    try {
      faults.clear();
    } finally {
      lock.unlock();
    }
  }

  /** How many bios have been struck. */
  public long strikes() {
    lock.lock();
    try {
      return strikes;
    } finally {
      lock.unlock();
    }
  }

  private Fault strike(Bio bio) {
    lock.lock();
    try {
      for (Armed armed : faults) {
        Fault fault = armed.fault;
        if (armed.left == 0 || !fault.concerns(bio, machine.nanoTime() - armed.sinceNanos)) {
          continue;
        }
        if (fault.chance() < 1 && chance.nextDouble() >= fault.chance()) {
          continue;
        }
        if (armed.toSkip > 0) {
          armed.toSkip--;
          continue;
        }
        armed.left--;
        strikes++;
        return fault;
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void submit(Bio bio) {
    Fault fault = strike(bio);
    if (fault == null) {
      below.submit(bio);
      return;
    }
    switch (fault.effect()) {
      case ERROR -> trampoline.run(() -> bio.fail(failure(bio, fault)));
      case DROP -> trampoline.run(() -> bio.complete(null));
      case ERROR_AFTER ->
          below.submit(
              bio.part(
                  0,
                  bio.byteCount(),
                  bio.flags(),
                  bio.sector(),
                  done -> bio.fail(failure(bio, fault))));
    }
  }

  private ErrnoException failure(Bio bio, Fault fault) {
    return new ErrnoException(fault.errno(), bio + " on " + name + ": an injected fault");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sectors() {
    return below.sectors();
  }

  @Override
  public QueueLimits limits() {
    return below.limits();
  }

  @Override
  public boolean readOnly() {
    return below.readOnly();
  }

  @Override
  public Plug plug() {
    return below.plug();
  }

  @Override
  public boolean isReadCongested() {
    return below.isReadCongested();
  }

  @Override
  public boolean isWriteCongested() {
    return below.isWriteCongested();
  }

  /** Those of the device below: a bio that fails here never was its. */
  @Override
  public DeviceCounters counters() {
    return below.counters();
  }

  @Override
  public void close() throws ErrnoException {
    below.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
