package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets whoever has taken a page-table entry away, or made it read-only, wait until no store that
 * began by it is still under way: what a processor's translation cache and its shoot-down do.
 *
 * <p>A store enters, looks at the entry, stores, and leaves. It waits for nothing inside, so it is
 * over after at most a page's copy. Whoever changes an entry does so first, and then calls {@link
 * #awaitStores}: every store that entered before is over when that returns, and every later one
 * sees the changed entry. Loads do not enter; they look at the entry again afterwards.
 *
 * <p>Stores count themselves in stripes, chosen by thread, of one of two phases. The waiter turns
 * the phase and waits until the old phase's count is zero, twice; so it does not wait for stores
 * that came after it, and a store that chose its phase before a turn but counted itself after it is
 * waited for by the next waiter at the latest. That suffices: its count came after this waiter's
 * look, hence its look at the entry after the change. Counting is a full fence on both sides.
 *
 * <p>On a simulated machine nobody is ever inside when somebody else runs.
 */
final class StoreGate {

  /** Stripes per phase; a power of two. */
  private static final int STRIPES = 16;

  /** Each count has a pair of cache lines (128 bytes), in ints. */
  private static final int STRIDE = 32;

  /** Looks at a count before the processor is offered to others. */
  private static final int SPINS = 200;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);

  private final Machine machine;
  private final int[] counts = new int[(2 * STRIPES + 1) * STRIDE];

  /** 0 or 1; changed under the monitor. */
  private volatile int phase;

  StoreGate(Machine machine) {
    this.machine = machine;
  }

  /** Begins a store; returns what {@link #leave} needs. */
  int enter() {
    int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
    int place = place(phase, stripe);
    COUNT.getAndAdd(counts, place, 1);
    return place;
  }

  /** Ends a store. */
  void leave(int place) {
    COUNT.getAndAdd(counts, place, -1);
  }

  /** Waits until the stores that have entered so far have left; moments. */
  synchronized void awaitStores() {
    drainPhase();
    drainPhase();
  }

  private void drainPhase() {
    int old = phase;
    phase = 1 - old;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      int place = place(old, stripe);
      for (int looks = 0; (int) COUNT.getVolatile(counts, place) != 0; looks++) {
        if (looks < SPINS) {
          Thread.onSpinWait();
        } else {
          machine.yieldProcessor();
        }
      }
    }
  }

  private static int place(int phase, int stripe) {
    return (phase * STRIPES + stripe + 1) * STRIDE;
  }
}
