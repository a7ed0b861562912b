package dev.sekiso.integration.writeback;

import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MS_SYNC;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.pagecache.MemoryFaultException;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** A file of the run: open several times, mapped, and with a ledger of what was promised of it. */
final class Subject {

  /**
   * No larger than the smallest block, so that a cell is on the device as a whole or not at all.
   */
  static final int CELL_BYTES = 1024;

  static final int CELLS = 300;

  /** What the device's faults answer, and what is found where metadata is missing. */
  static final Set<Errno> FAULTS = EnumSet.of(Errno.EIO, Errno.ENOSPC, Errno.EUCLEAN);

  /** An open file and how it listens. */
  record Opened(OpenFile file, Ledger.Listener listener, boolean synchronous) {}

  final String path;
  final Ledger ledger;
  final List<Opened> opened = new ArrayList<>();

  /** Held by who needs the file to keep its size. */
  final SleepingReadWriteLock sizeLock;

  private final Vfs vfs;
  private final StorageStack stack;
  private final BooleanSupplier hasFailed;
  private ProcessMemory memory;
  private MemoryMapping mapping;

  /**
   * @param hasFailed whether any write of the device has failed
   */
  Subject(StorageStack stack, String path, Ledger ledger, BooleanSupplier hasFailed) {
    this.ledger = ledger;
    this.hasFailed = hasFailed;
    this.stack = stack;
    this.vfs = stack.vfs();
    this.path = path;
    this.sizeLock = stack.machine().newReadWriteLock("size of " + path);
  }

  /** What a file has to begin with. */
  enum Blocks {
    ALLOCATED,
    NONE
  }

  void create(Blocks blocks) throws ErrnoException {
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    if (blocks == Blocks.ALLOCATED) {
      vfs.pwrite(file, new byte[CELLS * CELL_BYTES], 0);
    }
    vfs.ftruncate(file, (long) CELLS * CELL_BYTES);
    vfs.close(file);
  }

  void open() throws ErrnoException {
    opened.add(new Opened(vfs.open(path, OpenFlag.READ_WRITE), ledger.open(), false));
    opened.add(new Opened(vfs.open(path, OpenFlag.READ_WRITE), ledger.open(), false));
    opened.add(
        new Opened(vfs.open(path, OpenFlag.READ_WRITE, OpenFlag.SYNCHRONOUS), ledger.open(), true));
    memory = stack.newMemory();
    mapping =
        memory.mmap(
            0,
            (long) CELLS * CELL_BYTES,
            PROT_READ | PROT_WRITE,
            MAP_SHARED,
            opened.getFirst().file(),
            0);
  }

  void close() throws ErrnoException {
    memory.close();
    for (Opened each : opened) {
      vfs.close(each.file());
    }
    opened.clear();
  }

  /**
   * Writes a cell; through a synchronous open file, makes it durable. What fails has promised
   * nothing: it may be found or not.
   */
  void write(Opened by, int cell, long value) throws ErrnoException {
    long begun = ledger.writing(cell, cell + 1, value);
    if (!by.synchronous()) {
      try {
        put(by, cell, value, begun);
      } catch (ErrnoException e) {
        heard(by, e);
      }
      return;
    }
    ledger.asking(by.listener());
    try {
      put(by, cell, value, begun);
      ledger.durable(by.listener(), cell, cell + 1, ledger.now());
    } catch (ErrnoException e) {
      heard(by, e);
    } finally {
      ledger.answered(by.listener());
    }
  }

  private void put(Opened by, int cell, long value, long begun) throws ErrnoException {
    vfs.pwrite(by.file(), bytes(value), (long) cell * CELL_BYTES);
    ledger.written(begun);
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(64).order(ByteOrder.nativeOrder()).putLong(value).array();
  }

  /** Stores to a cell of the mapping, which the first open file stands for. */
  void store(int cell, long value) {
    long begun = ledger.storing(cell, value);
    try {
      mapping.setLong((long) cell * CELL_BYTES, value);
      ledger.written(begun);
    } catch (MemoryFaultException e) {
      if (!hasFailed.getAsBoolean()) {
        throw e;
      }
    }
  }

  /** {@code fsync}, {@code fdatasync}, or {@code msync} by the open file that is mapped. */
  void sync(Opened by, SyncCall call) throws ErrnoException {
    ledger.asking(by.listener());
    long since = ledger.now();
    try {
      switch (call) {
        case FSYNC -> vfs.fsync(by.file());
        case FDATASYNC -> vfs.fdatasync(by.file());
        case MSYNC -> mapping.sync(MS_SYNC);
      }
      ledger.durable(by.listener(), 0, CELLS, since);
    } catch (ErrnoException e) {
      heard(by, e);
    } finally {
      ledger.answered(by.listener());
    }
  }

  /** How to make a file durable. */
  enum SyncCall {
    FSYNC,
    FDATASYNC,
    MSYNC
  }

  private void heard(Opened by, ErrnoException e) throws ErrnoException {
    if (!hasFailed.getAsBoolean() || !FAULTS.contains(e.errno())) {
      throw e;
    }
    ledger.told(by.listener());
  }

  /** Cuts the file and makes it as long as before: what was behind the cut is zeroes. */
  void cut(int cell) throws ErrnoException {
    long begun = ledger.writing(cell, CELLS, 0);
    try {
      vfs.ftruncate(opened.get(1).file(), (long) cell * CELL_BYTES);
      vfs.ftruncate(opened.get(1).file(), (long) CELLS * CELL_BYTES);
      ledger.written(begun);
    } catch (ErrnoException e) {
      heard(opened.get(1), e);
    }
  }

  static long[] read(Vfs vfs, String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      byte[] all = new byte[CELLS * CELL_BYTES];
      int done = 0;
      byte[] piece = new byte[CELL_BYTES * 16];
      for (int got = vfs.read(file, piece); got > 0; got = vfs.read(file, piece)) {
        System.arraycopy(piece, 0, all, done, got);
        done += got;
      }
      ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.nativeOrder());
      long[] values = new long[CELLS];
      for (int i = 0; i < CELLS; i++) {
        values[i] = buffer.getLong(i * CELL_BYTES);
      }
      return values;
    } finally {
      vfs.close(file);
    }
  }
}
