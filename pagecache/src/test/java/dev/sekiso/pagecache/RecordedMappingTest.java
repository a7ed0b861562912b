package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TraceEvent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Does with mappings what a real kernel was recorded doing, and compares: return values, pages that
 * came and went, dirty pages, faults, and what fault handling looked at. Set the system property
 * {@code sekiso.golden} to the recordings' directory.
 */
final class RecordedMappingTest {

  private static final long SETTLE_NANOS = 10_000_000;

  /** Mappings lie at an address that equals the file offset modulo 1 GiB. */
  private static final long ADDRESS_UNIT = 1L << 30;

  private final List<String> differences = new ArrayList<>();
  private int operations;
  private int agreeing;

  @Test
  void mappings_asRecorded_agreeWithTheKernel() throws Exception {
    String root = System.getProperty("sekiso.golden", "");
    assumeTrue(!root.isEmpty(), "-Dsekiso.golden names no directory of recordings");
    try (Stream<Path> files = Files.list(Path.of(root, "mm"))) {
      for (Path file : files.filter(f -> f.toString().endsWith("order0.json")).sorted().toList()) {
        replay(file);
      }
    }
    System.out.printf(
        "recorded mappings: %d of %d operations agree (%.3f %%)%n",
        agreeing, operations, 100.0 * agreeing / operations);
    assertThat(differences).isEmpty();
  }

  private void replay(Path file) throws IOException {
    JsonNode recording = new ObjectMapper().readTree(Files.readString(file));
    RecordingTracer tracer = RecordingTracer.unbounded("readahead", "filemap");
    SimulatedMachine machine = SimulatedMachine.builder(1).tracer(tracer).build();
    SimulatedMachine.Program<IOException> program =
        () -> new Replay(recording, machine, tracer, file.getFileName().toString()).run();
    machine.run(program);
  }

  private final class Replay {
    private final JsonNode recording;
    private final SimulatedMachine machine;
    private final RecordingTracer tracer;
    private final String name;
    private final FolioPageCache cache;
    private final AddressSpace pages;
    private final MemoryMap map;
    private final Map<String, ReadaheadState> descriptors = new HashMap<>();
    private final Map<String, Long> positions = new HashMap<>();
    private final Map<String, MemoryMapping> mappings = new HashMap<>();

    Replay(JsonNode recording, SimulatedMachine machine, RecordingTracer tracer, String name) {
      this.recording = recording;
      this.machine = machine;
      this.tracer = tracer;
      this.name = name;
      JsonNode workload = recording.get("workload");
      int filePages = workload.get("file_pages").asInt();
      int bytes =
          workload.has("file_bytes")
              ? workload.get("file_bytes").asInt()
              : filePages * PageCache.PAGE_SIZE;
      this.cache =
          new FolioPageCache(machine, PageCacheSettings.ofPages(Math.max(64, 3 * filePages)));
      FakeFile file = new FakeFile(machine, Math.max(1, bytes), bytes);
      file.readTogether();
      this.pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      this.map = cache.newMemoryMap(MemoryMapSettings.DEFAULT);
    }

    void run() throws ErrnoException {
      JsonNode work = recording.get("workload").get("ops");
      JsonNode golden = recording.get("golden");
      TreeSet<Long> before = new TreeSet<>();
      long dirty = 0;
      for (int i = 0; i < work.size(); i++) {
        tracer.clear();
        JsonNode op = work.get(i);
        long minor = map.minorFaults();
        long major = map.majorFaults();
        String ours = "ret " + attempt(op);
        if (golden.get(i).has("flt")) {
          ours += " flt " + (map.minorFaults() - minor) + "+" + (map.majorFaults() - major);
        }
        machine.sleep(SETTLE_NANOS);
        TreeSet<Long> after = new TreeSet<>();
        pages.forEachResident(0, Long.MAX_VALUE >> 12, folio -> after.add(folio.index()));
        ours += changes(before, after) + " dirty " + pages.dirtyPages() + events(tracer.events());
        dirty = golden.get(i).has("dirty") ? golden.get(i).get("dirty").asLong() : dirty;
        String kernels = describe(golden.get(i), dirty);
        operations++;
        if (ours.equals(kernels)) {
          agreeing++;
        } else {
          differences.add(
              name + " #" + i + " " + op + "\n  ours   " + ours + "\n  kernel " + kernels);
        }
        before = after;
      }
      map.close();
      pages.close();
      cache.close();
    }

    private String attempt(JsonNode op) {
      try {
        return Long.toString(perform(op));
      } catch (ErrnoException e) {
        return "-" + e.errno();
      } catch (MemoryFaultException e) {
        return "-SIG" + e.signal();
      }
    }

    private long perform(JsonNode op) throws ErrnoException {
      String fd = op.has("fd") ? op.get("fd").asString() : "";
      ReadaheadState state = descriptors.get(fd);
      MemoryMapping mapping = op.has("map") ? mappings.get(op.get("map").asString()) : null;
      return switch (op.get("op").asString()) {
        case "open" -> {
          JsonNode header = recording.get("header");
          int maximum = header.get("ra_pages").asInt();
          descriptors.put(fd, new ReadaheadState(maximum, header.get("io_pages").asInt()));
          positions.put(fd, 0L);
          yield 0;
        }
        case "close" -> 0;
        case "pread" -> read(state, op.get("off").asLong(), op.get("len").asInt());
        case "read" -> {
          long position = positions.get(fd);
          long count = read(state, position, op.get("len").asInt());
          positions.put(fd, position + count);
          yield count;
        }
        case "fadvise" -> {
          Advice advice = Advice.valueOf(op.get("advice").asString().replace("NEED", "_NEED"));
          pages.advise(state, op.get("off").asLong(), op.get("len").asLong(), advice);
          yield 0;
        }
        case "mmap" -> {
          map(op, state);
          yield 0;
        }
        case "touch" -> {
          mapping.getByte(op.get("page").asLong() << PageCache.PAGE_SHIFT);
          yield 1;
        }
        case "store" -> {
          mapping.setByte(op.get("page").asLong() << PageCache.PAGE_SHIFT, (byte) 1);
          yield 1;
        }
        case "madvise" -> {
          map.madvise(address(op, mapping), op.get("len").asLong(), adviceOf(op));
          yield 0;
        }
        case "msync" -> {
          map.msync(address(op, mapping), op.get("len").asLong(), MapFlags.MS_SYNC);
          yield 0;
        }
        case "munmap" -> {
          map.munmap(address(op, mapping), op.get("len").asLong());
          yield 0;
        }
        default -> throw new AssertionError("an operation this test does not know: " + op);
      };
    }

    private void map(JsonNode op, ReadaheadState state) throws ErrnoException {
      boolean shared = op.get("kind").asString().equals("shared");
      int protection = op.get("prot").asString().equals("RW") ? 3 : 1;
      long offset = op.get("off").asLong();
      long address = (1 + mappings.size()) * 64 * ADDRESS_UNIT + offset % ADDRESS_UNIT;
      int flags =
          (shared ? MapFlags.MAP_SHARED : MapFlags.MAP_PRIVATE) | MapFlags.MAP_FIXED_NOREPLACE;
      MappedFile file = MappedFile.of(pages, state);
      mappings.put(
          op.get("map").asString(),
          map.mmap(address, op.get("len").asLong(), protection, flags, file, offset));
    }

    private long read(ReadaheadState state, long position, int length) throws ErrnoException {
      return pages.read(state, position, MemorySegment.ofArray(new byte[length]), 0);
    }
  }

  private static long address(JsonNode op, MemoryMapping mapping) {
    return mapping.address() + op.get("off").asLong();
  }

  private static int adviceOf(JsonNode op) {
    return switch (op.get("advice").asString()) {
      case "NORMAL" -> MapFlags.MADV_NORMAL;
      case "RANDOM" -> MapFlags.MADV_RANDOM;
      case "SEQUENTIAL" -> MapFlags.MADV_SEQUENTIAL;
      case "WILLNEED" -> MapFlags.MADV_WILLNEED;
      case "DONTNEED" -> MapFlags.MADV_DONTNEED;
      default -> throw new AssertionError("no advice: " + op);
    };
  }

  private static String changes(TreeSet<Long> before, TreeSet<Long> after) {
    TreeSet<Long> added = new TreeSet<>(after);
    added.removeAll(before);
    TreeSet<Long> removed = new TreeSet<>(before);
    removed.removeAll(after);
    return " added " + ranges(added) + " removed " + ranges(removed);
  }

  private static String ranges(TreeSet<Long> indexes) {
    List<String> ranges = new ArrayList<>();
    long first = -1;
    long count = 0;
    for (long index : indexes) {
      if (count > 0 && index == first + count) {
        count++;
      } else {
        if (count > 0) {
          ranges.add(first + "+" + count);
        }
        first = index;
        count = 1;
      }
    }
    if (count > 0) {
      ranges.add(first + "+" + count);
    }
    return ranges.toString();
  }

  private static String events(List<TraceEvent> events) {
    StringBuilder mappings = new StringBuilder();
    StringBuilder decisions = new StringBuilder();
    for (TraceEvent event : events) {
      List<Object> v = List.of(event.values().toArray());
      switch (event.point().name()) {
        case "mm_filemap_fault" -> mappings.append(" fault ").append(v.get(1));
        case "mm_filemap_map_pages" ->
            mappings.append(" map ").append(v.get(1)).append("-").append(v.get(2));
        case "page_cache_sync_ra", "page_cache_async_ra" ->
            decisions.append(
                " %s %s req %s size %s async %s order %s miss %s"
                    .formatted(
                        event.point().name().equals("page_cache_sync_ra") ? "sync" : "async",
                        v.get(1),
                        v.get(2),
                        v.get(4),
                        v.get(5),
                        v.get(3),
                        v.get(7)));
        case "page_cache_ra_order" ->
            decisions.append(" order %s size %s async %s".formatted(v.get(1), v.get(3), v.get(4)));
        case "page_cache_ra_unbounded" ->
            decisions.append(
                " unbounded %s req %s async %s".formatted(v.get(1), v.get(2), v.get(3)));
        default -> {}
      }
    }
    return mappings.append(decisions).toString();
  }

  private static String describe(JsonNode golden, long dirty) {
    StringBuilder text = new StringBuilder("ret " + golden.get("ret").asString());
    if (golden.has("flt")) {
      JsonNode faults = golden.get("flt");
      text.append(" flt ")
          .append(faults.get(0).asLong())
          .append("+")
          .append(faults.get(1).asLong());
    }
    text.append(" added ").append(recordedRanges(golden.get("added")));
    text.append(" removed ").append(recordedRanges(golden.get("removed")));
    text.append(" dirty ").append(dirty);
    JsonNode mappings = golden.get("mm");
    for (int i = 0; mappings != null && i < mappings.size(); i++) {
      JsonNode m = mappings.get(i);
      text.append(" ").append(m.get(0).asString()).append(" ").append(m.get(1).asLong());
      if (m.size() > 2) {
        text.append("-").append(m.get(2).asLong());
      }
    }
    JsonNode decisions = golden.get("ra");
    for (int i = 0; decisions != null && i < decisions.size(); i++) {
      JsonNode d = decisions.get(i);
      String kind = d.get("kind").asString();
      text.append(" ").append(kind).append(" ").append(d.get("index").asLong());
      switch (kind) {
        case "sync", "async" ->
            text.append(
                " req %s size %s async %s order %s miss %s"
                    .formatted(
                        d.get("req").asLong(),
                        d.get("size").asLong(),
                        d.get("async").asLong(),
                        d.get("order").asLong(),
                        d.has("miss") ? d.get("miss").asLong() : 0));
        case "order" ->
            text.append(
                " size %s async %s".formatted(d.get("size").asLong(), d.get("async").asLong()));
        default ->
            text.append(
                " req %s async %s".formatted(d.get("req").asLong(), d.get("async").asLong()));
      }
    }
    return text.toString();
  }

  private static String recordedRanges(JsonNode ranges) {
    List<String> text = new ArrayList<>();
    for (int i = 0; ranges != null && i < ranges.size(); i++) {
      text.add(ranges.get(i).get(0).asLong() + "+" + ranges.get(i).get(1).asLong());
    }
    return text.toString();
  }
}
