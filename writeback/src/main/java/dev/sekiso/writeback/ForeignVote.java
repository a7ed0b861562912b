package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.pagecache.PageCache;

/**
 * Finds out which control group an inode belongs to, by who dirtied the pages that are written
 * ({@code wbc_account_cgroup_owner}, {@code wbc_detach_inode}).
 *
 * <p>Within one write of the inode a majority is found in one pass (Boyer and Moore): bytes of the
 * owner are counted, those of the last write's winner are counted, and among all others one
 * candidate is kept, whose bytes rise with its own pages and fall with anybody else's.
 *
 * <p>Over writes the winners go into a history of sixteen slots, two seconds of the device's time
 * in all: a write takes as many slots, up to five, as the winner's bytes took time, and fills them
 * if the winner is not the owner. Writes of less than an eighth of the usual time say nothing. When
 * more than eight slots are filled the inode is to change hands.
 *
 * <p>Belongs to whoever has set {@link InodeNode#syncing}.
 */
final class ForeignVote {

  /** Units of time in a second ({@code 1 << WB_FRN_TIME_SHIFT}). */
  private static final int TIME_SHIFT = 13;

  /** The mean moves by an eighth ({@code WB_FRN_TIME_AVG_SHIFT}). */
  private static final int AVERAGE_SHIFT = 3;

  /** Rounds below this part of the mean are ignored ({@code WB_FRN_TIME_CUT_DIV}). */
  private static final int CUT_DIVISOR = 8;

  private static final int SLOTS = 16;

  /** Time of a slot: a sixteenth of two seconds ({@code WB_FRN_HIST_UNIT}). */
  private static final long SLOT_TIME = (2L << TIME_SHIFT) / SLOTS;

  /** More filled slots than this are a verdict ({@code WB_FRN_HIST_THR_SLOTS}). */
  private static final int VERDICT_SLOTS = SLOTS / 2;

  /** A write fills at most so many ({@code WB_FRN_HIST_MAX_SLOTS}). */
  private static final int MOST_SLOTS = VERDICT_SLOTS / 2 + 1;

  private static final long MOST_AVERAGE = 0xffff;

  // Of the inode
  private Cgroup lastWinner;
  private long averageTime;
  private int history;

  // Of the write under way
  private Cgroup owner;
  private Cgroup candidate;
  private long ownerBytes;
  private long lastWinnerBytes;
  private long candidateBytes;

  /** A write of the inode begins ({@code wbc_attach_and_unlock_inode}). */
  void begin(Cgroup currentOwner) {
    owner = currentOwner;
    candidate = null;
    ownerBytes = 0;
    lastWinnerBytes = 0;
    candidateBytes = 0;
  }

  /** Pages charged to a group are written. */
  void count(Cgroup group, int pages) {
    long bytes = (long) pages << PageCache.PAGE_SHIFT;
    if (group == owner) {
      ownerBytes += bytes;
      return;
    }
    if (group == lastWinner) {
      lastWinnerBytes += bytes;
    }
    if (candidateBytes == 0) {
      candidate = group;
    }
    if (group == candidate) {
      candidateBytes += bytes;
    } else {
      candidateBytes -= Math.min(bytes, candidateBytes);
    }
  }

  /**
   * The write has ended.
   *
   * @param bandwidth the owner's on the device, in pages per second
   * @return the group the inode is to go to, or null
   */
  Cgroup end(long bandwidth) {
    if (owner == null) {
      return null;
    }
    Cgroup winner = candidate;
    long bytes = candidateBytes;
    if (ownerBytes >= lastWinnerBytes && ownerBytes >= candidateBytes) {
      winner = owner;
      bytes = ownerBytes;
    } else if (lastWinnerBytes >= candidateBytes) {
      winner = lastWinner;
      bytes = lastWinnerBytes;
    }
    long time = Math.ceilDiv((bytes >> PageCache.PAGE_SHIFT) << TIME_SHIFT, Math.max(1, bandwidth));
    long average =
        averageTime == 0
            ? time
            : averageTime + (time >> AVERAGE_SHIFT) - (averageTime >> AVERAGE_SHIFT);
    boolean verdict = false;
    if (time >= average / CUT_DIVISOR) {
      int slots = (int) Math.min(Math.ceilDiv(time, SLOT_TIME), MOST_SLOTS);
      history <<= slots;
      if (winner != owner) {
        history |= (1 << slots) - 1;
      }
      history &= (1 << SLOTS) - 1;
      verdict = Integer.bitCount(history) > VERDICT_SLOTS;
    }
    lastWinner = winner;
    averageTime = Math.min(average, MOST_AVERAGE);
    return verdict && winner != owner ? winner : null;
  }

  /** Sixteen bits, the latest lowest: where a foreign group won. */
  int history() {
    return history;
  }

  /** The inode has changed hands. */
  void reset() {
    lastWinner = null;
    averageTime = 0;
    history = 0;
    owner = null;
  }
}
