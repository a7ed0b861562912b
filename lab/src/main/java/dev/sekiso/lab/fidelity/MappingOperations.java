package dev.sekiso.lab.fidelity;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.pagecache.MemoryFaultException;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.vfs.OpenFile;
import java.util.HashMap;
import java.util.Map;

/**
 * Does the operations of a workload on mapped memory, as the program that was recorded did: in one
 * process, at addresses that equal the file's offset modulo 1 GiB, because the kernel aligns
 * fault-around by address. Belongs to one task.
 */
final class MappingOperations implements AutoCloseable {

  /** Finds the open file that an operation names. */
  @FunctionalInterface
  interface Files {
    OpenFile of(RecordingNode op) throws RecordingException;
  }

  private static final int PAGE_SHIFT = 12;
  private static final long GIBIBYTE = 1L << 30;

  /** Addresses between one mapping and the next: more than any file of a recording has. */
  private static final long DISTANCE = 64 * GIBIBYTE;

  private static final Map<String, Integer> PROTECTIONS =
      Map.of(
          "R", MapFlags.PROT_READ,
          "W", MapFlags.PROT_WRITE,
          "RW", MapFlags.PROT_READ | MapFlags.PROT_WRITE,
          "NONE", MapFlags.PROT_NONE);

  private static final Map<String, Integer> KINDS =
      Map.of("shared", MapFlags.MAP_SHARED, "private", MapFlags.MAP_PRIVATE);

  private static final Map<String, Integer> SYNC_FLAGS =
      Map.of(
          "SYNC", MapFlags.MS_SYNC,
          "ASYNC", MapFlags.MS_ASYNC,
          "INVALIDATE", MapFlags.MS_INVALIDATE);

  private static final Map<String, Integer> ADVICE =
      Map.ofEntries(
          Map.entry("NORMAL", MapFlags.MADV_NORMAL),
          Map.entry("RANDOM", MapFlags.MADV_RANDOM),
          Map.entry("SEQUENTIAL", MapFlags.MADV_SEQUENTIAL),
          Map.entry("WILLNEED", MapFlags.MADV_WILLNEED),
          Map.entry("DONTNEED", MapFlags.MADV_DONTNEED),
          Map.entry("FREE", MapFlags.MADV_FREE),
          Map.entry("REMOVE", MapFlags.MADV_REMOVE),
          Map.entry("COLD", MapFlags.MADV_COLD),
          Map.entry("PAGEOUT", MapFlags.MADV_PAGEOUT),
          Map.entry("HUGEPAGE", MapFlags.MADV_HUGEPAGE),
          Map.entry("NOHUGEPAGE", MapFlags.MADV_NOHUGEPAGE),
          Map.entry("POPULATE_READ", MapFlags.MADV_POPULATE_READ),
          Map.entry("POPULATE_WRITE", MapFlags.MADV_POPULATE_WRITE));

  private final ProcessMemory memory;
  private final Files files;
  private final Map<String, MemoryMapping> mappings = new HashMap<>();
  private long nextAddress = DISTANCE;

  MappingOperations(ProcessMemory memory, Files files) {
    this.memory = memory;
    this.files = files;
  }

  /** Faults so far that waited for no device. */
  long minorFaults() {
    return memory.map().minorFaults();
  }

  /** Faults so far that waited for a device. */
  long majorFaults() {
    return memory.map().majorFaults();
  }

  /** Does one operation and gives its result as recordings have it. */
  String perform(RecordingNode op) throws ErrnoException, RecordingException {
    try {
      return Long.toString(attempt(op));
    } catch (MemoryFaultException e) {
      return "-SIG" + e.signal();
    }
  }

  private long attempt(RecordingNode op) throws ErrnoException, RecordingException {
    switch (op.text("op")) {
      case "mmap" -> map(op);
      case "touch" -> {
        mapping(op).getByte(op.number("page") << PAGE_SHIFT);
        return 1;
      }
      case "store" -> {
        mapping(op).setByte(op.number("page") << PAGE_SHIFT, (byte) 1);
        return 1;
      }
      case "madvise" ->
          memory.map().madvise(address(op), op.number("len"), chosen(op, "advice", ADVICE));
      case "msync" -> memory.map().msync(address(op), op.number("len"), syncFlags(op));
      case "munmap" -> memory.map().munmap(address(op), op.number("len"));
      default -> throw op.wrong("op", "is no operation on mappings");
    }
    return 0;
  }

  private void map(RecordingNode op) throws ErrnoException, RecordingException {
    long offset = op.number("off");
    long address = nextAddress + Math.floorMod(offset, GIBIBYTE);
    int protection = chosen(op, "prot", PROTECTIONS);
    int flags = chosen(op, "kind", KINDS) | MapFlags.MAP_FIXED_NOREPLACE;
    mappings.put(
        op.text("map"),
        memory.mmap(address, op.number("len"), protection, flags, files.of(op), offset));
    nextAddress += DISTANCE;
  }

  private MemoryMapping mapping(RecordingNode op) throws RecordingException {
    MemoryMapping mapping = mappings.get(op.text("map"));
    if (mapping == null) {
      throw op.wrong("map", "is no mapping: '" + op.text("map") + "'");
    }
    return mapping;
  }

  private long address(RecordingNode op) throws RecordingException {
    return mapping(op).address() + op.number("off");
  }

  private static int chosen(RecordingNode op, String field, Map<String, Integer> known)
      throws RecordingException {
    Integer value = known.get(op.text(field));
    if (value == null) {
      throw op.wrong(field, "has '" + op.text(field) + "', none of " + known.keySet());
    }
    return value;
  }

  private static int syncFlags(RecordingNode op) throws RecordingException {
    int flags = 0;
    for (String word : op.words("flags")) {
      Integer bit = SYNC_FLAGS.get(word);
      if (bit == null) {
        throw op.wrong("flags", "has '" + word + "', none of " + SYNC_FLAGS.keySet());
      }
      flags |= bit;
    }
    return flags;
  }

  @Override
  public void close() {
    memory.close();
  }
}
