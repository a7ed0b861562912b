package dev.sekiso.pagecache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The last level of a page table: the entries of 512 neighbouring pages, 2 MiB of addresses. A
 * table belongs to these addresses for ever; one that {@link PageTables} has let go stays empty.
 *
 * <p>Its monitor is a short lock (the kernel's page-table lock). Inside it nothing else is locked.
 */
final class PageTable {

  /** Entries in a table ({@code PTRS_PER_PTE}). */
  static final int ENTRIES = 1 << PageTables.LEVEL_BITS;

  private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);

  /** Number of the first page it covers. */
  final long firstPage;

  private final long[] entries = new long[ENTRIES];

  /** Entries that are not empty; under the monitor. */
  private int used;

  PageTable(long firstPage) {
    this.firstPage = firstPage;
  }

  static int slot(long page) {
    return (int) page & (ENTRIES - 1);
  }

  /** The entries themselves, for who looks at many of them by the methods below. */
  long[] entries() {
    return entries;
  }

  /** An entry; what was written to its page before it was stored is visible to the caller. */
  long get(int slot) {
    return get(entries, slot);
  }

  /** As {@link #get(int)}, of a table's entries. */
  static long get(long[] entries, int slot) {
    return (long) ENTRY.getAcquire(entries, slot);
  }

  /** An entry, looked at after a copy: the caller has put a fence between. */
  static long getAgain(long[] entries, int slot) {
    return (long) ENTRY.getOpaque(entries, slot);
  }

  /** Sets bits of an entry that is still what it was; without the monitor. */
  boolean note(int slot, long seen, long bits) {
    return note(entries, slot, seen, bits);
  }

  /** As {@link #note(int, long, long)}, of a table's entries. */
  static boolean note(long[] entries, int slot, long seen, long bits) {
    return ENTRY.compareAndSet(entries, slot, seen, seen | bits);
  }

  /** Fills an entry that is empty or says what to do; the caller has the monitor. */
  void fill(int slot, long entry) {
    if ((long) ENTRY.getAndSet(entries, slot, entry) == 0) {
      used++;
    }
  }

  /** Empties an entry; the caller has the monitor. */
  long take(int slot) {
    long before = (long) ENTRY.getAndSet(entries, slot, 0L);
    if (before != 0) {
      used--;
    }
    return before;
  }

  /** Clears bits of an entry; returns it as it was; the caller has the monitor. */
  long clear(int slot, long bits) {
    return (long) ENTRY.getAndBitwiseAnd(entries, slot, ~bits);
  }

  /** Sets bits of an entry that cannot go meanwhile; the caller has the monitor. */
  void set(int slot, long bits) {
    ENTRY.getAndBitwiseOr(entries, slot, bits);
  }

  /** Entries that are not empty. */
  synchronized int used() {
    return used;
  }
}
