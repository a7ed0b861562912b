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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Does what a real kernel was recorded doing, one operation after the other, and compares return
 * values and pages that came and went; what else, its {@link Scene} says. The system property
 * {@code sekiso.golden} names the recordings' directory.
 */
final class Recordings {

  private static final long SETTLE_NANOS = 10_000_000;

  private final List<String> differences = new ArrayList<>();
  private int operations;
  private int agreeing;

  /** What the operations of one recording act on. */
  interface Scene {
    AddressSpace pages();

    /** Does an operation; gives what the call returns. */
    long perform(JsonNode op) throws ErrnoException;

    /** What is to be compared beside return value and pages, as it was here. */
    String ours(List<TraceEvent> events, JsonNode golden);

    /** The same, as it was recorded. */
    String kernels(JsonNode golden);

    void end() throws ErrnoException;
  }

  /** Sets the scene for a recording. */
  @FunctionalInterface
  interface Stage {
    Scene set(JsonNode recording, SimulatedMachine machine) throws IOException;
  }

  /** Replays all recordings of some folders whose names end so; every operation must agree. */
  static void replay(String what, List<String> folders, String suffix, Stage stage)
      throws IOException {
    String root = System.getProperty("sekiso.golden", "");
    assumeTrue(!root.isEmpty(), "-Dsekiso.golden names no directory of recordings");
    Recordings recordings = new Recordings();
    for (String folder : folders) {
      try (Stream<Path> files = Files.list(Path.of(root, folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(suffix)).sorted().toList()) {
          recordings.replay(file, stage);
        }
      }
    }
    System.out.printf(
        "recorded %s: %d of %d operations agree (%.3f %%)%n",
        what,
        recordings.agreeing,
        recordings.operations,
        100.0 * recordings.agreeing / recordings.operations);
    assertThat(recordings.operations).isPositive();
    assertThat(recordings.differences).isEmpty();
  }

  private void replay(Path file, Stage stage) throws IOException {
    JsonNode recording = new ObjectMapper().readTree(Files.readString(file));
    RecordingTracer tracer = RecordingTracer.unbounded("readahead", "filemap");
    SimulatedMachine machine = SimulatedMachine.builder(1).tracer(tracer).build();
    SimulatedMachine.Program<IOException> program =
        () -> play(recording, machine, tracer, stage, file.getFileName().toString());
    machine.run(program);
  }

  private void play(
      JsonNode recording,
      SimulatedMachine machine,
      RecordingTracer tracer,
      Stage stage,
      String name)
      throws IOException {
    Scene scene = stage.set(recording, machine);
    JsonNode work = recording.get("workload").get("ops");
    TreeSet<Long> before = new TreeSet<>();
    for (int i = 0; i < work.size(); i++) {
      JsonNode golden = recording.get("golden").get(i);
      tracer.clear();
      String result = attempt(scene, work.get(i));
      machine.sleep(SETTLE_NANOS);
      TreeSet<Long> after = resident(scene.pages());
      String ours = "ret " + result + changes(before, after) + scene.ours(tracer.events(), golden);
      String kernels =
          "ret " + golden.get("ret").asString() + recordedChanges(golden) + scene.kernels(golden);
      operations++;
      if (ours.equals(kernels)) {
        agreeing++;
      } else {
        differences.add(
            name + " #" + i + " " + work.get(i) + "\n  ours   " + ours + "\n  kernel " + kernels);
      }
      before = after;
    }
    scene.end();
  }

  private static String attempt(Scene scene, JsonNode op) {
    try {
      return Long.toString(scene.perform(op));
    } catch (ErrnoException e) {
      return "-" + e.errno();
    } catch (MemoryFaultException e) {
      return "-SIG" + e.signal();
    }
  }

  // ---- pages -----------------------------------------------------------------------------------

  private static TreeSet<Long> resident(AddressSpace pages) {
    TreeSet<Long> indexes = new TreeSet<>();
    pages.forEachResident(
        0,
        FolioAddressSpace.LAST_INDEX,
        folio -> {
          for (int page = 0; page < folio.pages(); page++) {
            indexes.add(folio.index() + page);
          }
        });
    return indexes;
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

  private static String recordedChanges(JsonNode golden) {
    return " added "
        + recordedRanges(golden.get("added"))
        + " removed "
        + recordedRanges(golden.get("removed"));
  }

  private static String recordedRanges(JsonNode ranges) {
    List<String> text = new ArrayList<>();
    for (int i = 0; ranges != null && i < ranges.size(); i++) {
      text.add(ranges.get(i).get(0).asLong() + "+" + ranges.get(i).get(1).asLong());
    }
    return text.toString();
  }

  // ---- readahead decisions ---------------------------------------------------------------------

  /** What of a decision's state is compared beside its window. */
  enum Detail {
    /** Where the last read ended, and folio orders. */
    POSITION,
    /** How many faults in a row found nothing. */
    MISSES
  }

  static String decisions(List<TraceEvent> events, Detail detail) {
    boolean position = detail == Detail.POSITION;
    StringBuilder text = new StringBuilder();
    for (TraceEvent event : events) {
      List<Object> v = List.of(event.values().toArray());
      switch (event.point().name()) {
        case "page_cache_sync_ra", "page_cache_async_ra" -> {
          String kind = event.point().name().equals("page_cache_sync_ra") ? "sync" : "async";
          text.append(
              " %s %s req %s size %s async %s order %s"
                  .formatted(kind, v.get(1), v.get(2), v.get(4), v.get(5), v.get(3)));
          text.append(position ? " prev " + v.get(8) : " miss " + v.get(7));
        }
        case "page_cache_ra_order" -> {
          text.append(" order %s size %s async %s".formatted(v.get(1), v.get(3), v.get(4)));
          text.append(position ? " order " + v.get(2) : "");
        }
        case "page_cache_ra_unbounded" ->
            text.append(" unbounded %s req %s async %s".formatted(v.get(1), v.get(2), v.get(3)));
        default -> {}
      }
    }
    return text.toString();
  }

  static String recordedDecisions(JsonNode golden, Detail detail) {
    boolean position = detail == Detail.POSITION;
    StringBuilder text = new StringBuilder();
    JsonNode decisions = golden.get("ra");
    for (int i = 0; decisions != null && i < decisions.size(); i++) {
      JsonNode d = decisions.get(i);
      String kind = d.get("kind").asString();
      text.append(" ").append(kind).append(" ").append(d.get("index").asLong());
      switch (kind) {
        case "sync", "async" -> {
          append(text, d, "req", "size", "async", "order");
          text.append(
              position
                  ? " prev " + d.get("prev").asLong()
                  : " miss " + (d.has("miss") ? d.get("miss").asLong() : 0));
        }
        case "order" -> {
          append(text, d, "size", "async");
          text.append(position ? " order " + d.get("order").asLong() : "");
        }
        default -> append(text, d, "req", "async");
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, JsonNode decision, String... fields) {
    for (String field : fields) {
      text.append(" ").append(field).append(" ").append(decision.get(field).asLong());
    }
  }

  // ---- operations on descriptors ---------------------------------------------------------------

  /** Open files of the one file there is, by the names they have in a recording. */
  static final class Descriptors {
    private final JsonNode header;
    private final AddressSpace pages;
    private final Map<String, ReadaheadState> states = new HashMap<>();
    private final Map<String, Long> positions = new HashMap<>();

    Descriptors(JsonNode recording, AddressSpace pages) {
      this.header = recording.get("header");
      this.pages = pages;
    }

    ReadaheadState state(JsonNode op) {
      return states.get(nameIn(op));
    }

    private static String nameIn(JsonNode op) {
      return op.has("fd") ? op.get("fd").asString() : "";
    }

    /** Does what is done to a descriptor alone. */
    long perform(JsonNode op) throws ErrnoException {
      String name = nameIn(op);
      switch (op.get("op").asString()) {
        case "open" -> {
          int maximum = header.get("ra_pages").asInt();
          states.put(name, new ReadaheadState(maximum, header.get("io_pages").asInt()));
          positions.put(name, 0L);
        }
        case "close" -> {}
        case "pread" -> {
          return read(state(op), op.get("off").asLong(), op.get("len").asInt());
        }
        case "read" -> {
          long position = positions.get(name);
          long count = read(state(op), position, op.get("len").asInt());
          positions.put(name, position + count);
          return count;
        }
        case "fadvise" ->
            pages.advise(
                state(op),
                op.get("off").asLong(),
                op.get("len").asLong(),
                adviceOf(op.get("advice").asString()));
        case "readahead" ->
            pages.readAhead(state(op), op.get("off").asLong(), op.get("len").asLong());
        default -> throw new AssertionError("an operation this test does not know: " + op);
      }
      return 0;
    }

    private long read(ReadaheadState state, long position, int length) throws ErrnoException {
      return pages.read(state, position, MemorySegment.ofArray(new byte[length]), 0);
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
  }

  /** Bytes of the file of a recording. */
  static int fileBytes(JsonNode recording) {
    JsonNode workload = recording.get("workload");
    return workload.has("file_bytes")
        ? workload.get("file_bytes").asInt()
        : workload.get("file_pages").asInt() * PageCache.PAGE_SIZE;
  }

  /** Pages of the file of a recording. */
  static int filePages(JsonNode recording) {
    return recording.get("workload").get("file_pages").asInt();
  }
}
