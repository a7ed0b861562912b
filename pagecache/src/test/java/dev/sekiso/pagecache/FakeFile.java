package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file on a device that is an array of bytes. I/O completes after a latency in interrupt context,
 * or when the test says so, and fails where the test says so.
 */
public final class FakeFile implements AddressSpaceOperations {

  private final AtomicInteger directTransfers = new AtomicInteger();
  private static final int SECTOR = 512;

  private final Machine machine;
  private final byte[] device;
  private final Set<Long> badReads = ConcurrentHashMap.newKeySet();
  private final Set<Long> badWrites = ConcurrentHashMap.newKeySet();
  private final Set<Long> pinned = ConcurrentHashMap.newKeySet();
  private final Deque<Runnable> held = new ArrayDeque<>();
  private volatile long size;
  private volatile boolean holding;
  private volatile int maximumFolioOrder;
  private volatile boolean together;
  private volatile boolean reclaimWrites;
  private volatile boolean writeCongested;
  private volatile long latencyNanos = 50_000;

  /** Runs once, inside the given call of {@link #size} from now on, before it returns. */
  private volatile Runnable atSize;

  private int sizeCalls;

  /** Calls and pages, by kind. */
  public final AtomicInteger readaheads = new AtomicInteger();

  public final AtomicInteger singleReads = new AtomicInteger();
  public final AtomicInteger pagesRead = new AtomicInteger();
  public final AtomicInteger pagesWritten = new AtomicInteger();

  /** What kinds of tasks have written pages. */
  public final Set<TaskKind> writingTasks = ConcurrentHashMap.newKeySet();

  /**
   * @param capacity bytes the device has
   * @param size bytes the file has at first
   */
  public FakeFile(Machine machine, int capacity, long size) {
    this.machine = machine;
    this.device = new byte[(capacity + 4095) & -4096];
    this.size = size;
  }

  /** What the device holds. */
  public byte[] device() {
    return device;
  }

  public void failReads(long page) {
    badReads.add(page);
  }

  public void failWrites(long page) {
    badWrites.add(page);
  }

  public void heal() {
    badReads.clear();
    badWrites.clear();
  }

  /** Keeps {@code releaseFolio} from letting a page go. */
  public void pin(long page) {
    pinned.add(page);
  }

  public void unpin() {
    pinned.clear();
  }

  /** Lets address spaces made from now on have large folios. */
  public FakeFile allowLargeFolios() {
    maximumFolioOrder = ANY_FOLIO_ORDER;
    return this;
  }

  @Override
  public int maximumFolioOrder() {
    return maximumFolioOrder;
  }

  private static boolean any(Set<Long> pages, Folio folio) {
    for (int page = 0; page < folio.pages(); page++) {
      if (pages.contains(folio.index() + page)) {
        return true;
      }
    }
    return false;
  }

  /** From now on the pages of a readahead come in one request, not each by itself. */
  public void readTogether() {
    together = true;
  }

  public void setLatencyNanos(long nanos) {
    latencyNanos = nanos;
  }

  /** From now on I/O completes only by {@link #release}. */
  public void hold() {
    holding = true;
  }

  public int heldCount() {
    synchronized (held) {
      return held.size();
    }
  }

  /** Completes what is held; later I/O completes by itself again. */
  public void release() {
    holding = false;
    while (true) {
      Runnable completion;
      synchronized (held) {
        completion = held.poll();
      }
      if (completion == null) {
        return;
      }
      machine.schedule("held I/O", 1, completion);
    }
  }

  /** Changes the size and nothing else: the first step of a truncation. */
  public void setSize(long newSize) {
    size = newSize;
  }

  /** Changes the size as a file system does: size, cache, device. */
  public void truncate(AddressSpace mapping, long newSize) {
    long old = size;
    size = newSize;
    mapping.truncate(newSize);
    if (newSize < old) {
      Arrays.fill(device, (int) newSize, device.length, (byte) 0);
    }
  }

  private void later(Runnable completion) {
    if (holding) {
      synchronized (held) {
        held.add(completion);
      }
    } else {
      machine.schedule("fake I/O", latencyNanos, completion);
    }
  }

  /**
   * Has an action run inside a later call of {@link #size}, which still returns the size before it:
   * the finest place at which a test can get between two steps of a read.
   *
   * @param call 1 for the next call
   */
  public void interruptSize(int call, Runnable action) {
    sizeCalls = call;
    atSize = action;
  }

  @Override
  public long size() {
    long before = size;
    Runnable action = atSize;
    if (action != null && --sizeCalls == 0) {
      atSize = null;
      action.run();
    }
    return before;
  }

  @Override
  public void readFolio(Folio folio) {
    singleReads.incrementAndGet();
    startRead(folio);
  }

  @Override
  public void readahead(ReadaheadControl control) {
    readaheads.incrementAndGet();
    if (together) {
      List<Folio> folios = new ArrayList<>();
      for (Folio folio = control.next(); folio != null; folio = control.next()) {
        folios.add(folio);
      }
      later(() -> folios.forEach(this::endRead));
      return;
    }
    for (Folio folio = control.next(); folio != null; folio = control.next()) {
      startRead(folio);
    }
  }

  private void startRead(Folio folio) {
    later(() -> endRead(folio));
  }

  private void endRead(Folio folio) {
    pagesRead.addAndGet(folio.pages());
    if (any(badReads, folio)) {
      folio.endRead(Errno.EIO);
    } else {
      fill(folio);
      folio.endRead(null);
    }
  }

  private void fill(Folio folio) {
    MemorySegment data = folio.data();
    long position = folio.position();
    int bytes = (int) Math.clamp(device.length - position, 0, folio.size());
    MemorySegment.copy(device, (int) position, data, ValueLayout.JAVA_BYTE, 0, bytes);
    data.asSlice(bytes).fill((byte) 0);
  }

  @Override
  public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
    if (position + length > device.length) {
      throw new ErrnoException(Errno.ENOSPC, "the fake device is full");
    }
    if (folio.isUpToDate() || length == folio.size()) {
      return;
    }
    if (folio.position() >= size) {
      folio.data().fill((byte) 0);
    } else {
      machine.sleep(latencyNanos);
      if (any(badReads, folio)) {
        throw new ErrnoException(Errno.EIO, "the fake device cannot read page " + folio.index());
      }
      fill(folio);
    }
    folio.markUpToDate();
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {
    if (copied > 0 && folio.isUpToDate()) {
      folio.markDirty();
      size = Math.max(size, position + copied);
    }
  }

  /** Who needs memory to write here may write other pages to get it. */
  public FakeFile letReclaimWrite() {
    reclaimWrites = true;
    return this;
  }

  @Override
  public boolean letsReclaimWrite() {
    return reclaimWrites;
  }

  public void setWriteCongested() {
    writeCongested = true;
  }

  @Override
  public boolean isWriteCongested() {
    return writeCongested;
  }

  @Override
  public void writePages(AddressSpace mapping, WritebackControl control) throws ErrnoException {
    writingTasks.add(machine.currentTask().kind());
    mapping.writeDirty(
        control,
        folio -> {
          folio.startWriteback();
          folio.unlock();
          later(() -> endWrite(folio));
        });
  }

  private void endWrite(Folio folio) {
    pagesWritten.addAndGet(folio.pages());
    if (any(badWrites, folio)) {
      folio.endWriteback(Errno.EIO);
      return;
    }
    int bytes = (int) Math.clamp(size - folio.position(), 0, folio.size());
    MemorySegment.copy(
        folio.data(), ValueLayout.JAVA_BYTE, 0, device, (int) folio.position(), bytes);
    folio.endWriteback(null);
  }

  @Override
  public boolean releaseFolio(Folio folio) {
    return !any(pinned, folio);
  }

  /** Direct transfers that wait for the device. */
  int directTransfers() {
    return directTransfers.get();
  }

  @Override
  public int transferDirectly(Transfer direction, long position, MemorySegment memory)
      throws ErrnoException {
    if (((position | memory.byteSize()) & (SECTOR - 1)) != 0) {
      throw new ErrnoException(Errno.EINVAL, "direct I/O in sectors only");
    }
    directTransfers.incrementAndGet();
    machine.sleep(latencyNanos);
    directTransfers.decrementAndGet();
    if (direction == Transfer.READ) {
      int bytes = (int) Math.clamp(size - position, 0, memory.byteSize());
      MemorySegment.copy(device, (int) position, memory, ValueLayout.JAVA_BYTE, 0, bytes);
      return bytes;
    }
    int bytes = (int) memory.byteSize();
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, device, (int) position, bytes);
    size = Math.max(size, position + bytes);
    return bytes;
  }

  @Override
  public String toString() {
    return "fake file";
  }
}
