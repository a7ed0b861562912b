package dev.sekiso.stack;

import java.util.Collection;
import java.util.List;

/**
 * Finds the name somebody meant: the known one at the smallest edit distance (insertion, deletion,
 * substitution, swap of neighbours: Damerau 1964, the restricted form), if it is near enough to be
 * worth saying.
 */
public final class Nearest {

  /** A name is suggested when at most one character in this many has to change. */
  private static final int CHARACTERS_PER_MISTAKE = 3;

  private Nearest() {}

  /** {@code " (did you mean 'x'?)"}, or nothing when no name is near. */
  public static String hint(String word, Collection<String> known) {
    String nearest = find(word, known);
    return nearest == null ? "" : " (did you mean '" + nearest + "'?)";
  }

  /** {@code "a, b, c"} in alphabetical order, for messages. */
  static String list(Collection<String> known) {
    List<String> sorted = known.stream().sorted().toList();
    return sorted.isEmpty() ? "none" : String.join(", ", sorted);
  }

  /** The nearest known name, or null; ties go to the first in alphabetical order. */
  static String find(String word, Collection<String> known) {
    String wanted = normalise(word);
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known.stream().sorted().toList()) {
      String name = normalise(candidate);
      int distance =
          wanted.length() >= CHARACTERS_PER_MISTAKE && name.startsWith(wanted)
              ? 1
              : distance(wanted, name);
      int allowed = Math.max(1, Math.max(wanted.length(), name.length()) / CHARACTERS_PER_MISTAKE);
      if (distance <= allowed && distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Case and the choice between '-', '_' and '.' are the commonest mistakes: they cost nothing. */
  private static String normalise(String name) {
    return name.toLowerCase(java.util.Locale.ROOT).replace('_', '-').replace('.', '-');
  }

  private static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(previous[j - 1] + substitution, 1 + Math.min(previous[j], row[j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, beforePrevious[j - 2] + 1);
        }
        row[j] = least;
      }
      int[] oldest = beforePrevious;
      beforePrevious = previous;
      previous = row;
      row = oldest;
    }
    return previous[b.length()];
  }
}
