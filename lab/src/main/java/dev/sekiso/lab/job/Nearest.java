package dev.sekiso.lab.job;

import java.util.Comparator;

/** Guesses which option was meant. */
final class Nearest {

  private Nearest() {}

  /** {@code "; did you mean 'bs'?"}, or where to look when nothing is near. */
  static String hint(String name) {
    return JobOption.allNames().stream()
        .min(Comparator.comparingInt(known -> distance(name, known)))
        .filter(known -> distance(name, known) <= Math.max(1, known.length() / 3))
        .map(known -> "; did you mean '" + known + "'?")
        .orElse("; 'sekiso run --help' lists all there are");
  }

  /** Insertions, deletions and replacements between two words (Levenshtein 1966). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
