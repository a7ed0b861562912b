package dev.sekiso.lab.fidelity;

import dev.sekiso.lab.fidelity.Difference.Line;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Does the operations of a recording one after the other, each until the device is idle, and
 * compares after each what it did with what the kernel did.
 *
 * <p>Return values are compared of every operation; every other aspect of those operations in which
 * something of that kind happened, here or there.
 */
final class OperationReplay implements FamilyReplay {

  private final StackCatalog catalog;

  OperationReplay(StackCatalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public boolean replays(Recording recording) {
    return recording.kind() == Recording.Kind.OPERATIONS;
  }

  @Override
  public ReplayResult replay(Recording recording) throws RecordingException, ErrnoException {
    OperationTrace trace = new OperationTrace();
    RecordedStack recorded = new RecordedStack(catalog, recording);
    return recorded.run(trace, stack -> replay(recording, recorded, stack, trace));
  }

  private static ReplayResult replay(
      Recording recording, RecordedStack recorded, StorageStack built, OperationTrace trace)
      throws RecordingException, ErrnoException {
    List<RecordingNode> operations = recording.workload().list("ops");
    List<RecordingNode> golden = recording.root().list("golden");
    Kernel kernel = new Kernel(recording.fileBytes());
    Comparison comparison = new Comparison(recording);
    try (Stack stack = new Stack(built, trace)) {
      recorded.settleQueue(built);
      for (int i = 0; i < operations.size(); i++) {
        Map<Aspect, String> ours = stack.does(operations.get(i), golden.get(i));
        comparison.compare(operations.get(i), golden.get(i), ours, kernel.did(golden.get(i)));
      }
    }
    return comparison.result();
  }

  /** Compares and counts. */
  private static final class Comparison {
    private final Recording recording;
    private final Agreement agreement = new Agreement();
    private final List<Difference> differences = new ArrayList<>();
    private String countsBefore = Kernel.counts(0, 0, 0, "");
    private String ourCountsBefore = countsBefore;
    private String sizeBefore;
    private String ourSizeBefore;
    private int operations;

    Comparison(Recording recording) throws RecordingException {
      this.recording = recording;
      this.sizeBefore = Long.toString(recording.fileBytes());
      this.ourSizeBefore = sizeBefore;
    }

    void compare(
        RecordingNode op,
        RecordingNode golden,
        Map<Aspect, String> ours,
        Map<Aspect, String> kernels) {
      List<Line> lines = new ArrayList<>();
      for (Map.Entry<Aspect, String> entry : kernels.entrySet()) {
        Aspect aspect = entry.getKey();
        String there = entry.getValue();
        String here = ours.get(aspect);
        if (happened(aspect, here, there)) {
          boolean agrees = here.equals(there);
          agreement.count(aspect, agrees);
          if (!agrees) {
            lines.add(new Line(aspect, here, there));
          }
        }
      }
      countsBefore = kernels.get(Aspect.COUNTS);
      ourCountsBefore = ours.get(Aspect.COUNTS);
      sizeBefore = kernels.get(Aspect.SIZE);
      ourSizeBefore = ours.get(Aspect.SIZE);
      if (!lines.isEmpty()) {
        differences.add(
            new Difference(recording.toString(), operations, op.json(), golden.json(), lines));
      }
      operations++;
    }

    private boolean happened(Aspect aspect, String here, String there) {
      return switch (aspect) {
        case RETURN -> true;
        case COUNTS -> !here.equals(ourCountsBefore) || !there.equals(countsBefore);
        case SIZE -> !here.equals(ourSizeBefore) || !there.equals(sizeBefore);
        default -> !here.isEmpty() || !there.isEmpty();
      };
    }

    ReplayResult result() {
      return new ReplayResult(operations, agreement, differences);
    }
  }
}
