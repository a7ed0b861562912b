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
 * Does what a real kernel was recorded doing, and compares: return values, pages that came and
 * went, readahead decisions. Set the system property {@code sekiso.golden} to the recordings'
 * directory.
 */
final class RecordedReadaheadTest {

  private static final long SETTLE_NANOS = 10_000_000;

  private final List<String> differences = new ArrayList<>();
  private int operations;
  private int agreeing;

  @Test
  void readsAndAdvice_asRecorded_agreeWithTheKernel() throws Exception {
    String root = System.getProperty("sekiso.golden", "");
    assumeTrue(!root.isEmpty(), "-Dsekiso.golden names no directory of recordings");
    for (String folder : List.of("ra", "adv")) {
      try (Stream<Path> files = Files.list(Path.of(root, folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
          replay(file);
        }
      }
    }
    System.out.printf(
        "recorded readahead: %d of %d operations agree (%.3f %%)%n",
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
    private final FakeFile file;
    private final Map<String, ReadaheadState> descriptors = new HashMap<>();
    private final Map<String, Long> positions = new HashMap<>();

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
      String fs = recording.get("header").get("fs").asString();
      this.cache =
          new FolioPageCache(
              machine,
              PageCacheSettings.ofPages(Math.max(4096, 3 * filePages))
                  .withLargeFolios(fs.startsWith("large") ? LargeFolios.ON : LargeFolios.OFF));
      this.file = new FakeFile(machine, Math.max(1, bytes), bytes).allowLargeFolios();
      this.pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
    }

    void run() throws ErrnoException {
      JsonNode work = recording.get("workload").get("ops");
      JsonNode golden = recording.get("golden");
      TreeSet<Long> before = new TreeSet<>();
      for (int i = 0; i < work.size(); i++) {
        tracer.clear();
        String result = attempt(work.get(i));
        machine.sleep(SETTLE_NANOS);
        TreeSet<Long> after = new TreeSet<>();
        pages.forEachResident(
            0,
            Long.MAX_VALUE >> 12,
            folio -> {
              for (int page = 0; page < folio.pages(); page++) {
                after.add(folio.index() + page);
              }
            });
        String ours =
            "ret "
                + result
                + changes(before, after)
                + largeFolios(tracer.events())
                + decisions(tracer.events());
        String kernels = describe(golden.get(i));
        operations++;
        if (ours.equals(kernels)) {
          agreeing++;
        } else {
          differences.add(
              name + " #" + i + " " + work.get(i) + "\n  ours   " + ours + "\n  kernel " + kernels);
        }
        before = after;
      }
      pages.close();
      cache.close();
    }

    private String attempt(JsonNode op) {
      try {
        return Long.toString(perform(op));
      } catch (ErrnoException e) {
        return "-" + e.errno();
      }
    }

    private long perform(JsonNode op) throws ErrnoException {
      String fd = op.has("fd") ? op.get("fd").asString() : "";
      ReadaheadState state = descriptors.get(fd);
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
          String advice = op.get("advice").asString();
          pages.advise(state, op.get("off").asLong(), op.get("len").asLong(), adviceOf(advice));
          yield 0;
        }
        case "readahead" -> {
          pages.readAhead(state, op.get("off").asLong(), op.get("len").asLong());
          yield 0;
        }
        case "drop_caches" -> {
          cache.dropClean();
          yield 0;
        }
        default -> throw new AssertionError("an operation this test does not know: " + op);
      };
    }

    private long read(ReadaheadState state, long position, int length) throws ErrnoException {
      return pages.read(state, position, MemorySegment.ofArray(new byte[length]), 0);
    }
  }

  private static Advice adviceOf(String name) {
    return switch (name) {
      case "NORMAL" -> Advice.NORMAL;
      case "RANDOM" -> Advice.RANDOM;
      case "SEQUENTIAL" -> Advice.SEQUENTIAL;
      case "WILLNEED" -> Advice.WILL_NEED;
      case "DONTNEED" -> Advice.DONT_NEED;
      case "NOREUSE" -> Advice.NO_REUSE;
      default -> throw new AssertionError("no advice: " + name);
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

  private static String largeFolios(List<TraceEvent> events) {
    List<String> folios = new ArrayList<>();
    for (TraceEvent event : events) {
      List<Object> v = List.of(event.values().toArray());
      if (event.point().name().equals("mm_filemap_add_to_page_cache") && !v.get(2).equals(0)) {
        folios.add(v.get(1) + "^" + v.get(2));
      }
    }
    return " folios " + folios;
  }

  private static String decisions(List<TraceEvent> events) {
    StringBuilder text = new StringBuilder();
    for (TraceEvent event : events) {
      List<Object> v = List.of(event.values().toArray());
      switch (event.point().name()) {
        case "page_cache_sync_ra", "page_cache_async_ra" ->
            text.append(
                " %s %s req %s size %s async %s order %s prev %s"
                    .formatted(
                        event.point().name().equals("page_cache_sync_ra") ? "sync" : "async",
                        v.get(1),
                        v.get(2),
                        v.get(4),
                        v.get(5),
                        v.get(3),
                        v.get(8)));
        case "page_cache_ra_order" ->
            text.append(
                " order %s size %s async %s order %s"
                    .formatted(v.get(1), v.get(3), v.get(4), v.get(2)));
        case "page_cache_ra_unbounded" ->
            text.append(" unbounded %s req %s async %s".formatted(v.get(1), v.get(2), v.get(3)));
        default -> {}
      }
    }
    return text.toString();
  }

  private static String describe(JsonNode golden) {
    StringBuilder text = new StringBuilder("ret " + golden.get("ret").asString());
    text.append(" added ").append(recordedRanges(golden.get("added")));
    text.append(" removed ").append(recordedRanges(golden.get("removed")));
    List<String> folios = new ArrayList<>();
    for (int i = 0; golden.has("folios") && i < golden.get("folios").size(); i++) {
      JsonNode folio = golden.get("folios").get(i);
      folios.add(folio.get(0).asLong() + "^" + folio.get(1).asInt());
    }
    text.append(" folios ").append(folios);
    JsonNode decisions = golden.get("ra");
    for (int i = 0; decisions != null && i < decisions.size(); i++) {
      JsonNode d = decisions.get(i);
      String kind = d.get("kind").asString();
      text.append(" ").append(kind).append(" ").append(d.get("index").asLong());
      switch (kind) {
        case "sync", "async" ->
            text.append(
                " req %s size %s async %s order %s prev %s"
                    .formatted(
                        d.get("req").asLong(),
                        d.get("size").asLong(),
                        d.get("async").asLong(),
                        d.get("order").asLong(),
                        d.get("prev").asLong()));
        case "order" ->
            text.append(
                " size %s async %s order %s"
                    .formatted(
                        d.get("size").asLong(), d.get("async").asLong(), d.get("order").asLong()));
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
