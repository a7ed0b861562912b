package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.internal.Trampoline;
import dev.sekiso.blockdev.target.CacheBlocks.Block;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes blocks of a {@link VolatileCache} to the device below, adjoining ones in as few bios as
 * possible, and tells when all of them, as they were when asked for, are there.
 *
 * <p>Locking: the cache's lock guards the blocks and what is open of a {@link Trip}; the device and
 * outcomes are called without it.
 */
final class CacheWriteback {

  /** Who hears how something ended; null for success. */
  interface Outcome {
    void ended(ErrnoException failure);
  }

  private final BlockDevice below;
  private final ReentrantLock lock;
  private final CacheBlocks blocks;
  private final Trampoline trampoline;
  private final int mostBlocks;

  CacheWriteback(BlockDevice below, ReentrantLock lock, CacheBlocks blocks, Trampoline trampoline) {
    this.below = below;
    this.lock = lock;
    this.blocks = blocks;
    this.trampoline = trampoline;
    this.mostBlocks = below.limits().maxSegments();
  }

  /**
   * Sends blocks down.
   *
   * @param chosen in rising order
   */
  void start(List<Block> chosen, int flags, Outcome outcome) {
    Trip trip = new Trip(flags, outcome);
    try (Plug _ = below.plug()) {
      for (int i = 0; i < chosen.size(); ) {
        int end = i + 1;
        while (end < chosen.size()
            && chosen.get(end).number == chosen.get(end - 1).number + 1
            && end - i < mostBlocks) {
          end++;
        }
        trip.send(chosen.subList(i, end));
        i = end;
      }
    }
    trip.joined(null);
  }

  /** As {@link #start}, and has the device below flush its own cache behind them. */
  void startDurably(Bio cause, List<Block> chosen, Outcome outcome) {
    start(
        chosen,
        Bio.SYNC,
        failure -> {
          if (failure != null) {
            outcome.ended(failure);
            return;
          }
          below.submit(
              cause.derive(BioOperation.FLUSH, Bio.SYNC, 0, done -> outcome.ended(done.failure())));
        });
  }

  /** Blocks on their way down for one purpose. */
  private final class Trip {

    private final int flags;
    private final Outcome outcome;
    private int open = 1;
    private ErrnoException failure;

    Trip(int flags, Outcome outcome) {
      this.flags = flags;
      this.outcome = outcome;
    }

    /** Sends adjoining blocks, those that may go now in as few bios as possible. */
    void send(List<Block> run) {
      List<Block> ready = new ArrayList<>(run.size());
      for (Block block : run) {
        lock.lock();
        try {
          open++;
        } finally {
          lock.unlock();
        }
        if (mayFly(block)) {
          ready.add(block);
        } else {
          submit(ready);
          ready = new ArrayList<>();
        }
      }
      submit(ready);
    }

    /** Whether the block can go at once. If not, it is done already or goes when it can. */
    private boolean mayFly(Block block) {
      ErrnoException lost;
      lock.lock();
      try {
        if (blocks.isHeld(block)) {
          return blocks.startFlight(
              block,
              () -> {
                if (mayFly(block)) {
                  submit(List.of(block));
                }
              });
        }
        lost = block.failure();
      } finally {
        lock.unlock();
      }
      joined(lost);
      return false;
    }

    private void submit(List<Block> run) {
      if (run.isEmpty()) {
        return;
      }
      List<Block> flying = List.copyOf(run);
      long sector = (flying.getFirst().number * blocks.blockBytes()) >> Bio.SECTOR_SHIFT;
      Bio bio = new Bio(BioOperation.WRITE, flags, sector, done -> landed(flying, done.failure()));
      for (Block block : flying) {
        bio.add(block.data);
      }
      below.submit(bio);
    }

    private void landed(List<Block> flown, ErrnoException error) {
      List<Runnable> next = new ArrayList<>();
      lock.lock();
      try {
        for (Block block : flown) {
          next.addAll(blocks.endFlight(block, error));
        }
      } finally {
        lock.unlock();
      }
      next.forEach(trampoline::run);
      for (int i = 0; i < flown.size(); i++) {
        joined(error);
      }
    }

    private void joined(ErrnoException error) {
      boolean last;
      lock.lock();
      try {
        if (error != null && failure == null) {
          failure = error;
        }
        last = --open == 0;
      } finally {
        lock.unlock();
      }
      if (last) {
        outcome.ended(failure);
      }
    }
  }
}
