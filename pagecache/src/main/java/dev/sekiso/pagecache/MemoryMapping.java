package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;

/**
 * A range of a process's addresses, to load from and store to: what a pointer from {@code mmap} is
 * to a program. Positions are bytes from its beginning; values have the machine's byte order and
 * need no alignment, except for compare-and-set. What is not mapped (any more) or must not be used
 * so is met by a {@link MemoryFaultException}, as by a signal.
 *
 * <p><b>A load</b> of a present page takes no lock and no reference and allocates nothing: entry of
 * the page table, value, the same entry again. An entry names one life of one frame, and is emptied
 * before that life ends, so if it is there still, the value was the page's. <b>A store</b> passes
 * the {@link StoreGate}, looks at the entry, notes in it that it stores, and stores; whoever takes
 * an entry away, or makes it read-only, waits behind the gate. Loads and stores of one value within
 * a page happen at once if they are aligned, as on the processor; larger pieces go page by page.
 *
 * <p>The page tables of the range are found once and remembered. One that has been let go since is
 * empty for ever, so it leads to a fault, and the fault to its successor.
 *
 * <p>Any number of tasks may use one mapping. It is a view: closing it unmaps the range.
 */
public final class MemoryMapping implements AutoCloseable {

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final VarHandle ALIGNED_INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle ALIGNED_LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle TABLE = MethodHandles.arrayElementVarHandle(long[][].class);

  /** Bits that an entry must have for a load to need no fault. */
  private static final long LOADABLE = Pte.PRESENT | Pte.ACCESSED;

  /** Bits that an entry must have for a store to need no note. */
  private static final long STORED = Pte.PRESENT | Pte.WRITABLE | Pte.ACCESSED | Pte.DIRTY;

  /** Page tables remembered: 16 GiB of addresses. Beyond, they are looked for each time. */
  private static final int MOST_TABLES = 8192;

  private static final int IN_PAGE = PageCache.PAGE_SIZE - 1;

  private final MemoryMap map;
  private final MemorySegment memory;
  private final StoreGate gate;
  private final long address;
  private final long length;
  private final long firstTable;

  /** The entries of the page tables known; those of a table that is empty for ever for the rest. */
  private final long[][] tables;

  MemoryMapping(MemoryMap map, long address, long length) {
    if (length < 0 || address < 0 || address + length < 0) {
      throw new IllegalArgumentException(
          "no view of %d bytes at 0x%x: there are no such addresses".formatted(length, address));
    }
    this.map = map;
    this.memory = map.core().table.memory();
    this.gate = map.core().stores;
    this.address = address;
    this.length = length;
    this.firstTable = tableOf(address);
    long spans = tableOf(address + Math.max(0, length - 1)) - firstTable + 1;
    this.tables = new long[(int) Math.min(spans, MOST_TABLES)][];
    Arrays.fill(tables, map.noEntries());
  }

  private static long tableOf(long address) {
    return address >>> (PageCache.PAGE_SHIFT + PageTables.LEVEL_BITS);
  }

  /** The address of its first byte. */
  public long address() {
    return address;
  }

  /** Bytes. */
  public long length() {
    return length;
  }

  // ---- values ----------------------------------------------------------------------------------

  public byte getByte(long offset) {
    long at = at(offset, 1);
    long[] table = table(at);
    int slot = slot(at);
    long pte = PageTable.get(table, slot);
    if (isLoadable(pte)) {
      byte value = memory.get(ValueLayout.JAVA_BYTE, Pte.position(pte) + (at & IN_PAGE));
      if (isSame(table, slot, pte)) {
        return value;
      }
    }
    return (byte) loadSlowly(at, 1);
  }

  public short getShort(long offset) {
    long at = at(offset, Short.BYTES);
    long[] table = table(at);
    int slot = slot(at);
    long pte = PageTable.get(table, slot);
    if (isLoadable(pte) && isWithinPage(at, Short.BYTES)) {
      short value = memory.get(SHORT, Pte.position(pte) + (at & IN_PAGE));
      if (isSame(table, slot, pte)) {
        return value;
      }
    }
    return (short) loadSlowly(at, Short.BYTES);
  }

  public int getInt(long offset) {
    long at = at(offset, Integer.BYTES);
    long[] table = table(at);
    int slot = slot(at);
    long pte = PageTable.get(table, slot);
    if (isLoadable(pte) && isWithinPage(at, Integer.BYTES)) {
      int value = memory.get(INT, Pte.position(pte) + (at & IN_PAGE));
      if (isSame(table, slot, pte)) {
        return value;
      }
    }
    return (int) loadSlowly(at, Integer.BYTES);
  }

  public long getLong(long offset) {
    long at = at(offset, Long.BYTES);
    long[] table = table(at);
    int slot = slot(at);
    long pte = PageTable.get(table, slot);
    if (isLoadable(pte) && isWithinPage(at, Long.BYTES)) {
      long value = memory.get(LONG, Pte.position(pte) + (at & IN_PAGE));
      if (isSame(table, slot, pte)) {
        return value;
      }
    }
    return loadSlowly(at, Long.BYTES);
  }

  public float getFloat(long offset) {
    return Float.intBitsToFloat(getInt(offset));
  }

  public double getDouble(long offset) {
    return Double.longBitsToDouble(getLong(offset));
  }

  public void setByte(long offset, byte value) {
    store(at(offset, 1), value, 1);
  }

  public void setShort(long offset, short value) {
    store(at(offset, Short.BYTES), value, Short.BYTES);
  }

  public void setInt(long offset, int value) {
    store(at(offset, Integer.BYTES), value, Integer.BYTES);
  }

  public void setLong(long offset, long value) {
    store(at(offset, Long.BYTES), value, Long.BYTES);
  }

  public void setFloat(long offset, float value) {
    setInt(offset, Float.floatToRawIntBits(value));
  }

  public void setDouble(long offset, double value) {
    setLong(offset, Double.doubleToRawLongBits(value));
  }

  /**
   * Sets an int if it is the expected one, at once for all who share the page.
   *
   * @param offset such that the address is a multiple of 4
   */
  public boolean compareAndSetInt(long offset, int expected, int value) {
    return compareAndSet(aligned(offset, Integer.BYTES), expected, value, Integer.BYTES);
  }

  /**
   * Sets a long if it is the expected one, at once for all who share the page.
   *
   * @param offset such that the address is a multiple of 8
   */
  public boolean compareAndSetLong(long offset, long expected, long value) {
    return compareAndSet(aligned(offset, Long.BYTES), expected, value, Long.BYTES);
  }

  // ---- pieces ----------------------------------------------------------------------------------

  /** Copies bytes out; page by page, each page at once. */
  public void copyTo(long offset, MemorySegment destination, long destinationOffset, long bytes) {
    long at = at(offset, bytes);
    Objects.checkFromIndexSize(destinationOffset, bytes, destination.byteSize());
    long done = 0;
    while (done < bytes) {
      long from = at + done;
      long piece = Math.min(bytes - done, PageCache.PAGE_SIZE - (from & IN_PAGE));
      long[] table = table(from);
      int slot = slot(from);
      long pte = PageTable.get(table, slot);
      if (isLoadable(pte)) {
        MemorySegment.copy(
            memory,
            Pte.position(pte) + (from & IN_PAGE),
            destination,
            destinationOffset + done,
            piece);
        if (isSame(table, slot, pte)) {
          done += piece;
          continue;
        }
      }
      prepareLoad(from);
    }
  }

  /** Copies bytes in; page by page. What was stored before a fault stays. */
  public void copyFrom(long offset, MemorySegment source, long sourceOffset, long bytes) {
    long at = at(offset, bytes);
    Objects.checkFromIndexSize(sourceOffset, bytes, source.byteSize());
    storePieces(
        at,
        bytes,
        (position, done, piece) ->
            MemorySegment.copy(source, sourceOffset + done, memory, position, piece));
  }

  /** Fills bytes; page by page. */
  public void fill(long offset, long bytes, byte value) {
    storePieces(
        at(offset, bytes),
        bytes,
        (position, done, piece) -> memory.asSlice(position, piece).fill(value));
  }

  /** Stores a piece within a page. */
  @FunctionalInterface
  private interface PieceStore {
    /**
     * @param position in the frames' memory
     * @param done bytes of the whole that have been stored before
     * @param piece bytes to be stored
     */
    void store(long position, long done, long piece);
  }

  private void storePieces(long at, long bytes, PieceStore store) {
    long done = 0;
    while (done < bytes) {
      long to = at + done;
      long piece = Math.min(bytes - done, PageCache.PAGE_SIZE - (to & IN_PAGE));
      if (storePiece(to, done, piece, store)) {
        done += piece;
      } else {
        fault(to, PageFault.Access.STORE);
      }
    }
  }

  /** False when the page cannot be stored to as it is. */
  private boolean storePiece(long to, long done, long piece, PieceStore store) {
    int place = gate.enter();
    try {
      long pte = storable(to);
      if (pte == 0) {
        return false;
      }
      store.store(Pte.position(pte) + (to & IN_PAGE), done, piece);
      return true;
    } finally {
      gate.leave(place);
    }
  }

  // ---- calls on the range ----------------------------------------------------------------------

  /** {@code msync} of the whole range. */
  public void sync(int flags) throws ErrnoException {
    map.msync(address, length, flags);
  }

  /** {@code madvise} of the whole range. */
  public void advise(int advice) throws ErrnoException {
    map.madvise(address, length, advice);
  }

  /** {@code munmap} of the whole range. */
  @Override
  public void close() throws ErrnoException {
    map.munmap(address, length);
  }

  // ---- entries ---------------------------------------------------------------------------------

  private long at(long offset, long bytes) {
    Objects.checkFromIndexSize(offset, bytes, length);
    return address + offset;
  }

  private long aligned(long offset, int bytes) {
    long at = at(offset, bytes);
    if ((at & (bytes - 1)) != 0) {
      throw new IllegalArgumentException(
          "compare-and-set of %d bytes needs an address that is a multiple, not 0x%x"
              .formatted(bytes, at));
    }
    return at;
  }

  private static int slot(long at) {
    return PageTable.slot(at >>> PageCache.PAGE_SHIFT);
  }

  private static boolean isWithinPage(long at, int bytes) {
    return (at & IN_PAGE) <= PageCache.PAGE_SIZE - bytes;
  }

  private static boolean isLoadable(long pte) {
    return (pte & LOADABLE) == LOADABLE && pte > 0;
  }

  /** Whether the entry that led to what has just been loaded is there still. */
  private static boolean isSame(long[] table, int slot, long pte) {
    VarHandle.acquireFence();
    return ((PageTable.getAgain(table, slot) ^ pte) & Pte.IDENTITY) == 0;
  }

  private long[] table(long at) {
    long place = tableOf(at) - firstTable;
    if (place < tables.length) {
      return (long[]) TABLE.getAcquire(tables, (int) place);
    }
    PageTable table = map.tables().find(at >>> PageCache.PAGE_SHIFT);
    return table == null ? map.noEntries() : table.entries();
  }

  /** The entry by which the byte may be stored to, which then knows of it; 0 when there is none. */
  private long storable(long at) {
    long[] table = table(at);
    int slot = slot(at);
    while (true) {
      long pte = PageTable.get(table, slot);
      if (pte <= 0 || (pte & Pte.WRITABLE) == 0) {
        return 0;
      }
      if ((pte & STORED) == STORED || PageTable.note(table, slot, pte, STORED)) {
        return pte;
      }
    }
  }

  private void store(long at, long value, int bytes) {
    if (!isWithinPage(at, bytes)) {
      storeBytes(at, value, bytes);
      return;
    }
    while (true) {
      int place = gate.enter();
      try {
        long pte = storable(at);
        if (pte != 0) {
          long position = Pte.position(pte) + (at & IN_PAGE);
          switch (bytes) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, position, (byte) value);
            case Short.BYTES -> memory.set(SHORT, position, (short) value);
            case Integer.BYTES -> memory.set(INT, position, (int) value);
            default -> memory.set(LONG, position, value);
          }
          return;
        }
      } finally {
        gate.leave(place);
      }
      fault(at, PageFault.Access.STORE);
    }
  }

  private boolean compareAndSet(long at, long expected, long value, int bytes) {
    while (true) {
      int place = gate.enter();
      try {
        long pte = storable(at);
        if (pte != 0) {
          long position = Pte.position(pte) + (at & IN_PAGE);
          return bytes == Integer.BYTES
              ? ALIGNED_INT.compareAndSet(memory, position, (int) expected, (int) value)
              : ALIGNED_LONG.compareAndSet(memory, position, expected, value);
        }
      } finally {
        gate.leave(place);
      }
      fault(at, PageFault.Access.STORE);
    }
  }

  /** A value across two pages, in the machine's byte order. */
  private void storeBytes(long at, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      store(at + i, value >>> (Byte.SIZE * place(i, bytes)), 1);
    }
  }

  /** Which byte of a value, from the lowest, stands at a place in memory. */
  private static int place(int i, int bytes) {
    boolean littleEndian = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    return littleEndian ? i : bytes - 1 - i;
  }

  private long loadSlowly(long at, int bytes) {
    if (!isWithinPage(at, bytes)) {
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value |= (loadSlowly(at + i, 1) & 0xff) << (Byte.SIZE * place(i, bytes));
      }
      return value;
    }
    while (true) {
      long[] table = table(at);
      int slot = slot(at);
      long pte = PageTable.get(table, slot);
      if (isLoadable(pte)) {
        long position = Pte.position(pte) + (at & IN_PAGE);
        long value =
            switch (bytes) {
              case 1 -> memory.get(ValueLayout.JAVA_BYTE, position);
              case Short.BYTES -> memory.get(SHORT, position);
              case Integer.BYTES -> memory.get(INT, position);
              default -> memory.get(LONG, position);
            };
        if (isSame(table, slot, pte)) {
          return value;
        }
      }
      prepareLoad(at);
    }
  }

  /** Does what a load needs first: notes the use, or has the page brought in. */
  private void prepareLoad(long at) {
    long[] table = table(at);
    int slot = slot(at);
    long pte = PageTable.get(table, slot);
    if (pte > 0 && (pte & Pte.PRESENT) != 0) {
      if ((pte & Pte.ACCESSED) == 0) {
        PageTable.note(table, slot, pte, Pte.ACCESSED);
      }
      return;
    }
    fault(at, PageFault.Access.LOAD);
  }

  private void fault(long at, PageFault.Access access) {
    long page = at >>> PageCache.PAGE_SHIFT;
    if (remember(page, access)) {
      return;
    }
    new PageFault(map, page, access).run();
    remember(page, access);
  }

  /**
   * Remembers the page table of a page that has one.
   *
   * @return whether it is another one than was known, and has what is needed
   */
  private boolean remember(long page, PageFault.Access access) {
    long place = (page >>> PageTables.LEVEL_BITS) - firstTable;
    if (place >= tables.length) {
      return false;
    }
    PageTable table = map.tables().find(page);
    if (table == null || table.entries() == TABLE.getAcquire(tables, (int) place)) {
      return false;
    }
    TABLE.setRelease(tables, (int) place, table.entries());
    long pte = table.get(PageTable.slot(page));
    long needed = access == PageFault.Access.STORE ? Pte.WRITABLE : Pte.PRESENT;
    return pte > 0 && (pte & needed) != 0;
  }

  @Override
  public String toString() {
    return "0x%x+%d".formatted(address, length);
  }
}
