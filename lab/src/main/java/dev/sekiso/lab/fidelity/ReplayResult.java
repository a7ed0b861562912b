package dev.sekiso.lab.fidelity;

import java.util.List;

/**
 * What came of replaying a recording.
 *
 * @param operations operations, accesses or runs in it
 * @param notReplayed operations among them that the stack cannot do; they count as disagreeing
 * @param agreement what agreed
 * @param differences every operation that differed, in order
 */
public record ReplayResult(
    int operations, int notReplayed, Agreement agreement, List<Difference> differences) {

  public ReplayResult {
    differences = List.copyOf(differences);
  }
}
