package dev.sekiso.lab.fidelity;

import java.util.List;

/**
 * What came of replaying a recording.
 *
 * @param operations operations, accesses or runs in it
 * @param agreement what agreed
 * @param differences every operation that differed, in order
 * @param hitRatio of a recording of page replacement; null of others
 */
public record ReplayResult(
    int operations, Agreement agreement, List<Difference> differences, HitRatio hitRatio) {

  public ReplayResult {
    differences = List.copyOf(differences);
  }

  ReplayResult(int operations, Agreement agreement, List<Difference> differences) {
    this(operations, agreement, differences, null);
  }
}
