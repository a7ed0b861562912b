package dev.sekiso.lab.fidelity;

import dev.sekiso.lab.fidelity.OperationTrace.Event;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** What our stack does with each operation, in the words of {@link Kernel}. */
final class Stack implements AutoCloseable {

  /** How often it is looked whether the device is idle: less than any request takes. */
  private static final long POLL_NANOS = 50_000;

  private final StorageStack stack;
  private final OperationTrace trace;
  private final TestFile test;
  private final Operations operations;
  private BitSet resident = new BitSet();

  Stack(StorageStack stack, OperationTrace trace) throws ErrnoException {
    this.stack = stack;
    this.trace = trace;
    this.test = new TestFile(stack);
    this.operations = new Operations(stack, test);
    awaitIdle();
  }

  /**
   * Does an operation, waits until the device is idle, and looks.
   *
   * @param golden of the same operation: says in what form requests can be compared
   */
  Map<Aspect, String> does(RecordingNode op, RecordingNode golden)
      throws RecordingException, ErrnoException {
    trace.clear();
    FileBlocks blocksBefore = test.blocks();
    MappingOperations mappings = operations.mappings();
    long minorFaults = mappings.minorFaults();
    long majorFaults = mappings.majorFaults();
    Operations.Outcome outcome = operations.perform(op);
    String faults =
        Kernel.faults(mappings.minorFaults() - minorFaults, mappings.majorFaults() - majorFaults);
    awaitIdle();
    List<Event> events = List.copyOf(trace.events());
    test.readMap();
    Map<Aspect, String> did = new EnumMap<>(Aspect.class);
    did.put(Aspect.RETURN, outcome.result());
    did.put(Aspect.RESULTS, outcome.asynchronous());
    lookAtPages(did);
    did.put(Aspect.SIZE, Long.toString(test.size()));
    did.put(Aspect.READAHEAD, readahead(events));
    did.put(Aspect.MAPPINGS, mappings(events));
    did.put(Aspect.FAULTS, faults);
    did.put(Aspect.FOLIOS, folios(events));
    RequestList requests = transfers(events, "block_rq_issue", blocksBefore);
    did.put(Aspect.REQUESTS, inForm(requests, golden));
    RequestList bios = transfers(events, "block_bio_queue", blocksBefore).withoutFlushes();
    did.put(Aspect.BIOS, Kernel.isUnordered(golden) ? bios.sorted() : bios.inOrder());
    return did;
  }

  private static String inForm(RequestList requests, RecordingNode golden) {
    if (Kernel.isUnstable(golden)) {
      return requests.withoutFlushes().joined();
    }
    return Kernel.isUnordered(golden) ? requests.sorted() : requests.inOrder();
  }

  private void awaitIdle() {
    do {
      stack.machine().sleep(POLL_NANOS);
    } while (stack.device(RecordedStack.DEVICE).counters().inFlight() > 0
        || test.pages().writebackPages() > 0);
  }

  private void lookAtPages(Map<Aspect, String> did) {
    BitSet now = test.resident();
    BitSet added = (BitSet) now.clone();
    added.andNot(resident);
    BitSet removed = resident;
    removed.andNot(now);
    resident = now;
    did.put(Aspect.ADDED, Ranges.of(added));
    did.put(Aspect.REMOVED, Ranges.of(removed));
    long dirty = test.pages().dirtyPages();
    did.put(
        Aspect.COUNTS,
        Kernel.counts(
            test.pages().residentPages(),
            dirty,
            test.pages().writebackPages(),
            dirty == 0 ? "" : Ranges.of(test.dirty())));
  }

  private String readahead(List<Event> events) {
    String host = test.host();
    StringJoiner text = new StringJoiner("; ");
    for (Event event : events) {
      if (!event.subject().equals(host)) {
        continue;
      }
      switch (event.name()) {
        case "page_cache_sync_ra" -> text.add(entry("sync", event));
        case "page_cache_async_ra" -> text.add(entry("async", event));
        case "page_cache_ra_order" ->
            text.add(
                Kernel.window(
                    event.number("index"),
                    event.number("size"),
                    event.number("async_size"),
                    event.number("order")));
        case "page_cache_ra_unbounded" ->
            text.add(
                Kernel.submission(
                    event.number("index"),
                    event.number("nr_to_read"),
                    event.number("lookahead_size")));
        default -> {}
      }
    }
    return text.toString();
  }

  private static String entry(String kind, Event event) {
    return Kernel.entry(
        kind,
        event.number("index"),
        event.number("req_count"),
        event.number("size"),
        event.number("async_size"),
        event.number("order"),
        event.number("prev_pos"),
        event.number("mmap_miss"));
  }

  private String mappings(List<Event> events) {
    String host = test.host();
    StringJoiner text = new StringJoiner("; ");
    for (Event event : events) {
      if (!event.subject().equals(host)) {
        continue;
      }
      switch (event.name()) {
        case "mm_filemap_fault" -> text.add(Kernel.fault(event.number("index")));
        case "mm_filemap_map_pages" ->
            text.add(Kernel.map(event.number("index"), event.number("last_index")));
        default -> {}
      }
    }
    return text.toString();
  }

  private String folios(List<Event> events) {
    String host = test.host();
    StringJoiner text = new StringJoiner("; ");
    for (Event event : events) {
      if (event.name().equals("mm_filemap_add_to_page_cache")
          && event.subject().equals(host)
          && event.number("order") > 0) {
        text.add(Kernel.folio(event.number("index"), event.number("order")));
      }
    }
    return text.toString();
  }

  /**
   * Transfers of the test file's data and flushes; everything else is metadata. One that holds
   * parts of the file that are apart is told part by part: how near to each other a file system
   * puts them on the device is its own affair.
   */
  private RequestList transfers(List<Event> events, String name, FileBlocks before) {
    RequestList list = new RequestList();
    for (Event event : events) {
      if (!event.name().equals(name)) {
        continue;
      }
      String letters = (String) event.value("rwbs");
      long sectors = event.number("nr_sector");
      if (letters.startsWith("F") && sectors == 0) {
        list.addFlush(letters);
        continue;
      }
      long sector = event.number("sector");
      List<FileBlocks.Part> parts = test.blocks().parts(sector, sectors, before);
      if (parts.isEmpty()) {
        list.addMetadata();
      }
      parts.forEach(part -> list.add(letters, part.offset(), part.length()));
    }
    return list;
  }

  @Override
  public void close() throws ErrnoException {
    operations.close();
    test.close();
  }
}
