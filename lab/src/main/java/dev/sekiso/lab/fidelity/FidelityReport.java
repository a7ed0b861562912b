package dev.sekiso.lab.fidelity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the stack does what the kernel did, by groups of recordings.
 *
 * @param folders a row per folder and file system, by name
 * @param families a row per family and file system, by name
 * @param overall everything but the block layer's own family
 * @param blockLayer the block layer's own family; null when none of it was replayed
 * @param skipped recordings of kinds that are not replayed
 * @param differences every operation that differed
 * @param hitRatios of each recording of page replacement
 */
public record FidelityReport(
    List<Row> folders,
    List<Row> families,
    Row overall,
    Row blockLayer,
    List<String> skipped,
    List<Difference> differences,
    List<HitRatio> hitRatios) {

  /** The folder whose recordings are about the block layer alone. */
  private static final String BLOCK_FOLDER = "blk";

  public FidelityReport {
    folders = List.copyOf(folders);
    families = List.copyOf(families);
    skipped = List.copyOf(skipped);
    differences = List.copyOf(differences);
    hitRatios = List.copyOf(hitRatios);
  }

  /**
   * Recordings counted together.
   *
   * @param operations operations in them
   */
  public record Row(String name, int recordings, long operations, Agreement agreement) {}

  /** Whether every aspect of the whole reaches a share. */
  public boolean reaches(double percent) {
    return reaches(overall, percent) && (blockLayer == null || reaches(blockLayer, percent));
  }

  private static boolean reaches(Row row, double percent) {
    for (Aspect aspect : Aspect.values()) {
      long compared = row.agreement.compared(aspect);
      if (compared > 0 && 100.0 * row.agreement.agreeing(aspect) < percent * compared) {
        return false;
      }
    }
    return true;
  }

  /** Puts results together. */
  static final class Builder {
    private final Map<String, Sum> folders = new TreeMap<>();
    private final Map<String, Sum> families = new TreeMap<>();
    private final Sum overall = new Sum();
    private final Sum blockLayer = new Sum();
    private final List<String> skipped = new ArrayList<>();
    private final List<Difference> differences = new ArrayList<>();
    private final List<HitRatio> hitRatios = new ArrayList<>();

    void add(Recording recording, ReplayResult result) {
      String family = recording.family() + " " + recording.fileSystem();
      folders.computeIfAbsent(recording.group(), name -> new Sum()).add(result);
      families.computeIfAbsent(family, name -> new Sum()).add(result);
      (recording.folder().equals(BLOCK_FOLDER) ? blockLayer : overall).add(result);
      differences.addAll(result.differences());
      if (result.hitRatio() != null) {
        hitRatios.add(result.hitRatio());
      }
    }

    void skip(Recording recording) {
      skipped.add(recording.toString());
    }

    FidelityReport build() {
      return new FidelityReport(
          rows(folders),
          rows(families),
          overall.row("overall"),
          blockLayer.recordings == 0 ? null : blockLayer.row("block layer"),
          skipped,
          differences,
          hitRatios);
    }

    private static List<Row> rows(Map<String, Sum> sums) {
      return sums.entrySet().stream().map(e -> e.getValue().row(e.getKey())).toList();
    }
  }

  private static final class Sum {
    private final Agreement agreement = new Agreement();
    private int recordings;
    private long operations;

    void add(ReplayResult result) {
      recordings++;
      operations += result.operations();
      agreement.add(result.agreement());
    }

    Row row(String name) {
      return new Row(name, recordings, operations, agreement);
    }
  }
}
