package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.machine.HugePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What a modelled device keeps when the power is off: its sectors, in memory outside the heap. It
 * belongs to no machine. Whoever holds it after a power cut makes a new device over it on a new
 * machine, and finds what the old one had put there.
 *
 * <p>Sectors never written read as zeroes and take no memory; memory is taken in chunks of 64 KiB,
 * from 64 GiB on of 8 KiB, as they are first written, and given back when the media is garbage. So
 * a device of a TiB costs what is written to it. The chunks of a device of some size are cut, in
 * the order in which they are first written, from slabs on {@linkplain HugePages huge pages}, which
 * take memory 2 MiB at a time.
 *
 * <p>Any thread may use it. Like a disk it promises nothing about two transfers that overlap in
 * time and place.
 */
public final class Media {

  /** Chunks of 64 KiB. */
  private static final int CHUNK_SHIFT = 16;

  /** Chunks of 8 KiB: on a large device the two bitmaps of each group lie alone. */
  private static final int CHUNK_SHIFT_OF_LARGE = 13;

  private static final long LARGE_SECTORS = (64L << 30) >> Bio.SECTOR_SHIFT;

  /**
   * References side by side, 1 KiB of them: on a large device few chunks of a group of blocks are
   * ever written, and each brings the whole array.
   */
  private static final int CHUNKS_PER_GROUP = 256;

  /**
   * Address space mapped at a time, 64 MiB: few enough mappings for a device of a TiB, of which a
   * process may have 65530.
   */
  private static final long SLAB_BYTES = 64L << 20;

  private final long sectors;
  private final int chunkShift;
  private final int chunkBytes;
  private final Arena arena = Arena.ofAuto();
  private final SegmentAllocator single;
  private final AtomicReferenceArray<AtomicReferenceArray<MemorySegment>> groups;
  private final AtomicInteger chunks = new AtomicInteger();

  /** What is left of the last slab, under this object's monitor; null when there are none. */
  private MemorySegment slab;

  /** Media of the given size, all zeroes. */
  public Media(long sectors) {
    this(sectors, null);
  }

  /**
   * @param memory where chunks come from that are not cut from slabs; null for memory of its own
   */
  Media(long sectors, SegmentAllocator memory) {
    this.single = memory == null ? arena : memory;
    if (sectors <= 0 || sectors > Long.MAX_VALUE >> Bio.SECTOR_SHIFT) {
      throw new IllegalArgumentException("media of " + sectors + " sectors");
    }
    this.sectors = sectors;
    this.chunkShift = sectors < LARGE_SECTORS ? CHUNK_SHIFT : CHUNK_SHIFT_OF_LARGE;
    this.chunkBytes = 1 << chunkShift;
    long chunkCount = ((sectors << Bio.SECTOR_SHIFT) + chunkBytes - 1) >>> chunkShift;
    long groupCount = (chunkCount + CHUNKS_PER_GROUP - 1) / CHUNKS_PER_GROUP;
    groups = new AtomicReferenceArray<>(Math.toIntExact(groupCount));
    slab = sectors << Bio.SECTOR_SHIFT < HugePages.WORTHWHILE ? null : MemorySegment.NULL;
  }

  public long sectors() {
    return sectors;
  }

  /** Memory taken by what has been written, in bytes. */
  public long residentBytes() {
    return (long) chunks.get() << chunkShift;
  }

  /** Copies whole sectors out. */
  public void read(long sector, MemorySegment target) {
    long at = start(sector, target.byteSize());
    for (long done = 0; done < target.byteSize(); ) {
      long inChunk = at & (chunkBytes - 1);
      long length = Math.min(target.byteSize() - done, chunkBytes - inChunk);
      MemorySegment chunk = find(at >>> chunkShift);
      if (chunk == null) {
        target.asSlice(done, length).fill((byte) 0);
      } else {
        MemorySegment.copy(chunk, inChunk, target, done, length);
      }
      at += length;
      done += length;
    }
  }

  /**
   * Copies whole sectors in. Zeroes where nothing was written take no memory.
   *
   * @throws OutOfMemoryError when the host has no memory for it; its message says what to do
   */
  public void write(long sector, MemorySegment source) {
    long at = start(sector, source.byteSize());
    for (long done = 0; done < source.byteSize(); ) {
      long inChunk = at & (chunkBytes - 1);
      long length = Math.min(source.byteSize() - done, chunkBytes - inChunk);
      long index = at >>> chunkShift;
      if (find(index) != null || !isZero(source, done, length)) {
        MemorySegment.copy(source, done, findOrMake(index), inChunk, length);
      }
      at += length;
      done += length;
    }
  }

  /** Fills sectors with zeroes; takes no memory. */
  public void zero(long sector, long count) {
    long at = start(sector, count << Bio.SECTOR_SHIFT);
    long end = at + (count << Bio.SECTOR_SHIFT);
    while (at < end) {
      long index = at >>> chunkShift;
      if (groups.get(group(index)) == null) {
        at = Math.min(end, ((index / CHUNKS_PER_GROUP + 1) * CHUNKS_PER_GROUP) << chunkShift);
        continue;
      }
      long inChunk = at & (chunkBytes - 1);
      long length = Math.min(end - at, chunkBytes - inChunk);
      MemorySegment chunk = find(index);
      if (chunk != null) {
        chunk.asSlice(inChunk, length).fill((byte) 0);
      }
      at += length;
    }
  }

  private static boolean isZero(MemorySegment memory, long from, long length) {
    for (long at = from; at < from + length; at += Long.BYTES) {
      if (memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
        return false;
      }
    }
    return true;
  }

  private long start(long sector, long bytes) {
    if ((bytes & (Bio.SECTOR_SIZE - 1)) != 0) {
      throw new IllegalArgumentException(bytes + " bytes are not whole sectors");
    }
    Objects.checkFromIndexSize(sector, bytes >> Bio.SECTOR_SHIFT, sectors);
    return sector << Bio.SECTOR_SHIFT;
  }

  private static int group(long chunk) {
    return (int) (chunk / CHUNKS_PER_GROUP);
  }

  private MemorySegment find(long chunk) {
    AtomicReferenceArray<MemorySegment> group = groups.get(group(chunk));
    return group == null ? null : group.get((int) (chunk % CHUNKS_PER_GROUP));
  }

  private MemorySegment findOrMake(long index) {
    AtomicReferenceArray<MemorySegment> group = groups.get(group(index));
    if (group == null) {
      groups.compareAndSet(group(index), null, new AtomicReferenceArray<>(CHUNKS_PER_GROUP));
      group = groups.get(group(index));
    }
    int slot = (int) (index % CHUNKS_PER_GROUP);
    MemorySegment chunk = group.get(slot);
    if (chunk == null) {
      chunk = make(group, slot);
    }
    return chunk;
  }

  private synchronized MemorySegment make(AtomicReferenceArray<MemorySegment> group, int slot) {
    MemorySegment chunk = group.get(slot);
    if (chunk == null) {
      chunk = cut();
      group.set(slot, chunk);
      chunks.incrementAndGet();
    }
    return chunk;
  }

  /** A new chunk of zeroes. */
  private MemorySegment cut() {
    if (slab != null && slab.byteSize() == 0) {
      slab = HugePages.map(arena, SLAB_BYTES).orElse(null);
    }
    if (slab == null) {
      try {
        return single.allocate(chunkBytes, 4096);
      } catch (OutOfMemoryError e) {
        OutOfMemoryError full =
            new OutOfMemoryError(
                "the host has no memory for more than the %d MiB written to a device of %d MiB;"
                        .formatted(residentBytes() >> 20, sectors >> (20 - Bio.SECTOR_SHIFT))
                    + " write less, or keep it in a file: file:disk.img?create=SIZE");
        full.initCause(e);
        throw full;
      }
    }
    MemorySegment chunk = slab.asSlice(0, chunkBytes);
    slab = slab.asSlice(chunkBytes);
    return chunk;
  }
}
