package dev.sekiso.machine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A sequence of errors that each observer hears of exactly once (the kernel's {@code errseq_t},
 * {@code lib/errseq.c}), and beside it the two flags that came before ({@code AS_EIO}, {@code
 * AS_ENOSPC}), which the first who asks takes.
 *
 * <p>One 32-bit value: the error number in bits 0–11, SEEN in bit 12, a counter above. Setting an
 * error changes the counter only when the current one has been seen, so an error nobody looked at
 * is not counted twice. A cursor sampled while the current error is unseen is 0, hence a file
 * opened after a failure that nobody was told of still hears of it.
 *
 * <p>The flags stand above the sequence, in bits 32 and 33 of one 64-bit value; neither knows of
 * the other: {@link #takeFlags} moves no cursor, {@link #advance} clears no flag. Linux still keeps
 * both ({@code mapping_set_error}). All methods are lock-free and safe from any context.
 */
public final class Errseq {

  private static final int ERRNO_MASK = (1 << 12) - 1;
  private static final int SEEN = 1 << 12;
  private static final int COUNTER_UNIT = 1 << 13;

  private static final long SEQUENCE = 0xFFFF_FFFFL;
  private static final long IO_ERROR = 1L << 32;
  private static final long NO_SPACE = 1L << 33;

  private final AtomicLong value = new AtomicLong();

  /** Records an error, in the sequence and as a flag ({@code mapping_set_error}). */
  public void set(Errno errno) {
    long flag = errno == Errno.ENOSPC ? NO_SPACE : IO_ERROR;
    long old = value.get();
    while (true) {
      int sequence = (int) old;
      int nextSequence = (sequence & ~(ERRNO_MASK | SEEN)) | errno.number();
      if ((sequence & SEEN) != 0) {
        nextSequence += COUNTER_UNIT;
      }
      long next = (old & ~SEQUENCE) | flag | (nextSequence & SEQUENCE);
      if (next == old) {
        return;
      }
      long witness = value.compareAndExchange(old, next);
      if (witness == old) {
        return;
      }
      old = witness;
    }
  }

  /**
   * Tests and clears the flags ({@code filemap_check_errors}): whatever failed since somebody asked
   * last, told to this caller alone.
   *
   * @return EIO, also for every error that is neither; else ENOSPC; else null
   */
  public Errno takeFlags() {
    long old = value.get();
    while ((old & ~SEQUENCE) != 0) {
      long witness = value.compareAndExchange(old, old & SEQUENCE);
      if (witness == old) {
        return (old & IO_ERROR) != 0 ? Errno.EIO : Errno.ENOSPC;
      }
      old = witness;
    }
    return null;
  }

  /**
   * A cursor from which a new observer starts ({@code errseq_sample}); 0 when the current error has
   * not been seen.
   */
  public int sample() {
    int current = value.intValue();
    return (current & SEEN) == 0 ? 0 : current;
  }

  /** The error set since the cursor was taken, or null ({@code errseq_check}). Marks nothing. */
  public Errno check(int cursor) {
    int current = value.intValue();
    return current == cursor ? null : errnoOf(current);
  }

  /**
   * Moves an observer's cursor on and marks the current error seen ({@code
   * errseq_check_and_advance}).
   *
   * @return the value to keep as the new cursor; {@link #errnoBetween} tells what was missed
   */
  public int advance(int cursor) {
    long old = value.get();
    while ((int) old != cursor) {
      if ((old & SEEN) != 0) {
        return (int) old;
      }
      long witness = value.compareAndExchange(old, old | SEEN);
      if (witness == old) {
        return (int) old | SEEN;
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
