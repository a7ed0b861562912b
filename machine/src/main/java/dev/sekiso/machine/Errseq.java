package dev.sekiso.machine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A sequence of errors that each observer hears of exactly once (the kernel's {@code errseq_t},
 * {@code lib/errseq.c}).
 *
 * <p>One 32-bit value: the error number in bits 0–11, SEEN in bit 12, a counter above. Setting an
 * error changes the counter only when the current one has been seen, so an error nobody looked at
 * is not counted twice. A cursor sampled while the current error is unseen is 0, hence a file
 * opened after a failure that nobody was told of still hears of it. All methods are lock-free and
 * safe from any context.
 */
public final class Errseq {

  private static final int ERRNO_MASK = (1 << 12) - 1;
  private static final int SEEN = 1 << 12;
  private static final int COUNTER_UNIT = 1 << 13;

  private final AtomicInteger value = new AtomicInteger();

  /** Records an error ({@code errseq_set}). */
  public void set(Errno errno) {
    int old = value.get();
    while (true) {
      int next = (old & ~(ERRNO_MASK | SEEN)) | errno.number();
      if ((old & SEEN) != 0) {
        next += COUNTER_UNIT;
      }
      if (next == old) {
        return;
      }
      int witness = value.compareAndExchange(old, next);
      if (witness == old) {
        return;
      }
      old = witness;
    }
  }

  /**
   * A cursor from which a new observer starts ({@code errseq_sample}); 0 when the current error has
   * not been seen.
   */
  public int sample() {
    int current = value.get();
    return (current & SEEN) == 0 ? 0 : current;
  }

  /** The error set since the cursor was taken, or null ({@code errseq_check}). Marks nothing. */
  public Errno check(int cursor) {
    int current = value.get();
    return current == cursor ? null : errnoOf(current);
  }

  /**
   * Moves an observer's cursor on and marks the current error seen ({@code
   * errseq_check_and_advance}).
   *
   * @return the value to keep as the new cursor; {@link #errnoBetween} tells what was missed
   */
  public int advance(int cursor) {
    int old = value.get();
    while (old != cursor) {
      int seen = old | SEEN;
      if (seen == old) {
        return seen;
      }
      int witness = value.compareAndExchange(old, seen);
      if (witness == old) {
        return seen;
      }
      old = witness;
    }
    return cursor;
  }

  /** The error an observer must be told when its cursor moved, or null when it did not. */
  public static Errno errnoBetween(int oldCursor, int newCursor) {
    return oldCursor == newCursor ? null : errnoOf(newCursor);
  }

  private static Errno errnoOf(int value) {
    int number = value & ERRNO_MASK;
    return number == 0 ? null : Errno.of(number);
  }
}
