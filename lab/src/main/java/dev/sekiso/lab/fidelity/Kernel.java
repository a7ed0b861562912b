package dev.sekiso.lab.fidelity;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What the kernel did, in the words in which {@link Stack} tells what we did. An aspect that the
 * recording calls not deterministic is missing; one of which nothing happened is an empty text.
 */
final class Kernel {

  private long cached;
  private long dirty;
  private long writeback;
  private String dirtyRanges = "";
  private long size;

  /**
   * @param size of the test file before the first operation, in bytes
   */
  Kernel(long size) {
    this.size = size;
  }

  /** What the operation of this entry did; entries are to be asked in order, each once. */
  Map<Aspect, String> did(RecordingNode golden) throws RecordingException {
    Map<Aspect, String> did = new EnumMap<>(Aspect.class);
    did.put(Aspect.RETURN, golden.text("ret"));
    did.put(Aspect.ADDED, Ranges.of(golden.listIfAny("added")));
    did.put(Aspect.REMOVED, Ranges.of(golden.listIfAny("removed")));
    did.put(Aspect.COUNTS, counts(golden));
    size = golden.number("size", size);
    did.put(Aspect.SIZE, Long.toString(size));
    did.put(Aspect.READAHEAD, readahead(golden.listIfAny("ra")));
    did.put(Aspect.MAPPINGS, mappings(golden.listIfAny("mm")));
    did.put(Aspect.FAULTS, faults(golden));
    did.put(Aspect.FOLIOS, folios(golden.listIfAny("folios")));
    did.put(Aspect.RESULTS, results(golden.listIfAny("res")));
    requests(golden, did);
    bios(golden, did);
    return did;
  }

  /** Whether the requests of the operation came in another order the second time. */
  static boolean isUnordered(RecordingNode golden) {
    return golden.isOn("io_unordered");
  }

  /** Whether only the ranges the requests cover are certain, not how they are cut. */
  static boolean isUnstable(RecordingNode golden) {
    return golden.isOn("io_unstable");
  }

  private String counts(RecordingNode golden) throws RecordingException {
    cached = golden.number("cached", cached);
    dirty = golden.number("dirty", dirty);
    writeback = golden.number("writeback", writeback);
    if (golden.has("dirty_ranges")) {
      dirtyRanges = Ranges.of(golden.list("dirty_ranges"));
    }
    return counts(cached, dirty, writeback, dirtyRanges);
  }

  static String counts(long cached, long dirty, long writeback, String dirtyRanges) {
    return "cached %d, dirty %d, under writeback %d, dirty are [%s]"
        .formatted(cached, dirty, writeback, dirtyRanges);
  }

  private static String readahead(List<RecordingNode> decisions) throws RecordingException {
    StringJoiner text = new StringJoiner("; ");
    for (RecordingNode d : decisions) {
      String kind = d.text("kind");
      switch (kind) {
        case "sync", "async" ->
            text.add(
                entry(
                    kind,
                    d.number("index"),
                    d.number("req"),
                    d.number("size"),
                    d.number("async"),
                    d.number("order"),
                    d.number("prev"),
                    d.number("miss", 0)));
        case "order" ->
            text.add(
                window(d.number("index"), d.number("size"), d.number("async"), d.number("order")));
        case "unbounded" ->
            text.add(submission(d.number("index"), d.number("req"), d.number("async")));
        default -> throw d.wrong("kind", "is no readahead decision: '" + kind + "'");
      }
    }
    return text.toString();
  }

  static String entry(
      String kind,
      long index,
      long requested,
      long size,
      long async,
      long order,
      long previous,
      long misses) {
    return "%s %d req %d (size %d async %d order %d prev %d%s)"
        .formatted(
            kind,
            index,
            requested,
            size,
            async,
            order,
            previous,
            misses == 0 ? "" : " miss " + misses);
  }

  static String window(long index, long size, long async, long order) {
    return "window %d+%d async %d order %d".formatted(index, size, async, order);
  }

  static String submission(long index, long requested, long async) {
    return "pages %d+%d async %d".formatted(index, requested, async);
  }

  private static String mappings(List<RecordingNode> events) throws RecordingException {
    StringJoiner text = new StringJoiner("; ");
    for (RecordingNode event : events) {
      switch (event.text(0)) {
        case "fault" -> text.add(fault(event.number(1)));
        case "map" -> text.add(map(event.number(1), event.number(2)));
        default -> throw new RecordingException(event + " is no mapping event: " + event.json());
      }
    }
    return text.toString();
  }

  static String fault(long page) {
    return "fault " + page;
  }

  static String map(long first, long last) {
    return "map " + first + " to " + last;
  }

  private static String faults(RecordingNode golden) throws RecordingException {
    if (!golden.has("flt")) {
      return "";
    }
    RecordingNode faults = golden.get("flt");
    return faults(faults.number(0), faults.number(1));
  }

  static String faults(long minor, long major) {
    return minor == 0 && major == 0 ? "" : "minor " + minor + ", major " + major;
  }

  private static String folios(List<RecordingNode> folios) throws RecordingException {
    StringJoiner text = new StringJoiner("; ");
    for (RecordingNode folio : folios) {
      text.add(folio(folio.number(0), folio.number(1)));
    }
    return text.toString();
  }

  static String folio(long index, long order) {
    return index + " order " + order;
  }

  private static String results(List<RecordingNode> results) throws RecordingException {
    StringJoiner text = new StringJoiner(" ");
    for (RecordingNode result : results) {
      text.add(result.json());
    }
    return text.toString();
  }

  private static void requests(RecordingNode golden, Map<Aspect, String> did)
      throws RecordingException {
    if (isUnstable(golden)) {
      if (golden.has("io_ranges")) {
        RequestList ranges = new RequestList();
        for (RecordingNode range : golden.list("io_ranges")) {
          ranges.addPages(range.text(0), range.number(1), range.number(2));
        }
        did.put(Aspect.REQUESTS, ranges.joined());
      }
      return;
    }
    RequestList requests = requestList(golden.listIfAny("io"));
    did.put(Aspect.REQUESTS, isUnordered(golden) ? requests.sorted() : requests.inOrder());
  }

  private static void bios(RecordingNode golden, Map<Aspect, String> did)
      throws RecordingException {
    boolean own = golden.has("bio");
    if (golden.isOn("bio_unstable") || (!own && isUnstable(golden))) {
      return;
    }
    RequestList bios = requestList(golden.listIfAny(own ? "bio" : "io")).withoutFlushes();
    did.put(Aspect.BIOS, isUnordered(golden) ? bios.sorted() : bios.inOrder());
  }

  private static RequestList requestList(List<RecordingNode> entries) throws RecordingException {
    RequestList list = new RequestList();
    for (RecordingNode entry : entries) {
      String letters = entry.text("op");
      if (entry.isOn("meta")) {
        list.addMetadata();
      } else if (entry.has("first_page")) {
        list.addPages(letters, entry.number("first_page"), entry.number("pages"));
      } else if (entry.has("off")) {
        list.add(letters, entry.number("off"), entry.number("len"));
      } else {
        list.addFlush(letters);
      }
    }
    return list;
  }
}
