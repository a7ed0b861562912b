package dev.sekiso.lab.fidelity;

import dev.sekiso.filesystems.block.BlockMappedOperations;
import dev.sekiso.filesystems.block.PagedFileOperations.Opened;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Replays recordings of periodic writeback, and compares when the flusher first wrote data of each
 * file: within one of its intervals of each of the kernel's runs, as the phase of its ticks depends
 * on when metadata was dirtied.
 */
final class PeriodicReplay implements FamilyReplay {

  private static final long NANOS_PER_MILLISECOND = 1_000_000;
  private static final long MILLISECONDS_PER_CENTISECOND = 10;

  /** The kernel's tick (HZ 250) rounds its intervals: 1 s takes up to 1.024 s. */
  private static final long ROUNDING_PERCENT = 10;

  private static final String FLUSHER = "kworker";

  private final StackCatalog catalog;

  PeriodicReplay(StackCatalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public boolean replays(Recording recording) {
    return recording.kind() == Recording.Kind.PERIODIC;
  }

  @Override
  public ReplayResult replay(Recording recording) throws RecordingException, ErrnoException {
    OperationTrace trace = new OperationTrace();
    RecordedStack recorded = new RecordedStack(catalog, recording);
    Map<Long, Long> played =
        recorded.run(trace, stack -> new Run(stack, trace, recording).play(recorded));
    long interval =
        recording.workload().number("dirty_writeback_centisecs")
            * MILLISECONDS_PER_CENTISECOND
            * (100 + ROUNDING_PERCENT)
            / 100;
    Agreement agreement = new Agreement();
    List<Difference> differences = new ArrayList<>();
    List<RecordingNode> runs = recording.root().list("runs");
    for (int i = 0; i < runs.size(); i++) {
      for (Map.Entry<Long, Long> there : firstWrites(runs.get(i)).entrySet()) {
        Long here = played.get(there.getKey());
        boolean agrees = here != null && Math.abs(here - there.getValue()) <= interval;
        agreement.count(Aspect.WRITEBACK_TIME, agrees);
        if (!agrees) {
          differences.add(difference(recording, i, there, here));
        }
      }
    }
    return new ReplayResult(recording.workload().list("ops").size(), agreement, differences);
  }

  private static Difference difference(
      Recording recording, int run, Map.Entry<Long, Long> there, Long here)
      throws RecordingException {
    String ours = here == null ? "" : "file " + there.getKey() + " at " + here + " ms";
    String kernels = "file " + there.getKey() + " at " + there.getValue() + " ms";
    return new Difference(
        recording.toString(),
        run,
        "run " + run + " of " + recording.workload().get("ops").json(),
        kernels,
        List.of(new Difference.Line(Aspect.WRITEBACK_TIME, ours, kernels)));
  }

  /** When the kernel's flusher first wrote data of each file, in milliseconds. */
  private static Map<Long, Long> firstWrites(RecordingNode run) throws RecordingException {
    Map<Long, Long> first = new TreeMap<>();
    for (RecordingNode write : run.list("writes")) {
      if (write.text("by", "").equals(FLUSHER) && write.has("first_page")) {
        first.putIfAbsent(write.number("file", 0), write.number("t_ms"));
      }
    }
    return first;
  }

  /** One replay. */
  private static final class Run {
    private final StorageStack stack;
    private final OperationTrace trace;
    private final Recording recording;
    private final Map<Long, FileBlocks> files = new TreeMap<>();

    Run(StorageStack stack, OperationTrace trace, Recording recording) {
      this.stack = stack;
      this.trace = trace;
      this.recording = recording;
    }

    Map<Long, Long> play(RecordedStack recorded) throws RecordingException, ErrnoException {
      long start = -1;
      List<OperationTrace.Event> flushed = new ArrayList<>();
      try (TestFile test = new TestFile(stack);
          Operations operations = new Operations(stack, test)) {
        recorded.settleQueue(stack);
        for (RecordingNode op : recording.workload().list("ops")) {
          trace.clear();
          String kind = op.text("op");
          if (start < 0
              && (kind.equals("pwrite") || kind.equals("write") || kind.equals("store"))) {
            start = stack.machine().nanoTime();
          }
          operations.perform(op);
          if (kind.equals("sleep_ms")) {
            flushed.addAll(trace.events());
          }
        }
        findFiles();
      }
      Map<Long, Long> first = new TreeMap<>();
      for (OperationTrace.Event event : flushed) {
        if (event.name().equals("block_bio_queue")
            && ((String) event.value("rwbs")).startsWith("W")) {
          note(first, event, start);
        }
      }
      return first;
    }

    private void findFiles() throws RecordingException, ErrnoException {
      for (RecordingNode op : recording.workload().list("ops")) {
        if (op.text("op").equals("open")) {
          long number = op.number("file", 0);
          OpenFile file = stack.vfs().open(Operations.path(number), OpenFlag.READ_ONLY);
          Opened opened = (Opened) file.attachment();
          files.put(
              number,
              FileBlocks.of((BlockMappedOperations) opened.owner().addressSpace().operations()));
          stack.vfs().close(file);
        }
      }
    }

    private void note(Map<Long, Long> first, OperationTrace.Event event, long start) {
      files.forEach((number, blocks) -> {
        if (!blocks.parts(event.number("sector"), 1, FileBlocks.NONE).isEmpty()) {
          first.putIfAbsent(number, (event.nanoTime() - start) / NANOS_PER_MILLISECOND);
        }
      });
    }
  }
}
