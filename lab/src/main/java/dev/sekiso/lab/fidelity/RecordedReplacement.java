package dev.sekiso.lab.fidelity;

import dev.sekiso.lab.fidelity.ReplacementReplay.Result;
import dev.sekiso.lab.fidelity.ReplacementReplay.Workload;
import dev.sekiso.machine.ErrnoException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Replays recordings of page replacement ({@link ReplacementReplay}) and compares the hit ratio:
 * one comparison for each recording, which agrees within one percentage point.
 */
final class RecordedReplacement implements FamilyReplay {

  /** What the recording kernel had: two lists, the multi-generational LRU not built in. */
  private static final String POLICY = "active-inactive";

  @Override
  public boolean replays(Recording recording) {
    return recording.kind() == Recording.Kind.REPLACEMENT;
  }

  @Override
  public ReplayResult replay(Recording recording) throws RecordingException, ErrnoException {
    Workload workload;
    try {
      workload = Workload.read(recording.root().file());
    } catch (IOException e) {
      throw new RecordingException(e.getMessage(), e);
    }
    Result result = ReplacementReplay.replay(workload, POLICY);
    HitRatio ratio =
        new HitRatio(
            recording.toString(),
            recording.family() + " " + recording.fileSystem(),
            result.hitRatio(),
            workload.kernel(),
            workload.kernelLeast(),
            workload.kernelMost());
    Agreement agreement = new Agreement();
    agreement.count(Aspect.HIT_RATIO, ratio.agrees());
    List<Difference> differences =
        ratio.agrees() ? List.of() : List.of(difference(recording, workload, ratio));
    return new ReplayResult(workload.accesses().length, agreement, differences, ratio);
  }

  private static Difference difference(Recording recording, Workload workload, HitRatio ratio)
      throws RecordingException {
    return new Difference(
        recording.toString(),
        0,
        workload.accesses().length + " accesses under " + workload.limitPages() + " pages",
        recording.root().get("fresh").json(),
        List.of(
            new Difference.Line(
                Aspect.HIT_RATIO, percent(ratio.ours()), percent(ratio.kernels()))));
  }

  private static String percent(double ratio) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * ratio);
  }
}
