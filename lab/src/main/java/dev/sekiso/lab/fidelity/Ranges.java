package dev.sekiso.lab.fidelity;

import java.util.BitSet;
import java.util.List;
import java.util.StringJoiner;

/** Sets of pages as texts: {@code 0+4 8+2}. */
final class Ranges {

  private Ranges() {}

  /** The pages of a set. */
  static String of(BitSet pages) {
    StringJoiner text = new StringJoiner(" ");
    for (int first = pages.nextSetBit(0); first >= 0; ) {
      int end = pages.nextClearBit(first);
      text.add(first + "+" + (end - first));
      first = pages.nextSetBit(end);
    }
    return text.toString();
  }

  /** A recorded list of [first, count]. */
  static String of(List<RecordingNode> ranges) throws RecordingException {
    BitSet pages = new BitSet();
    for (RecordingNode range : ranges) {
      int first = Math.toIntExact(range.number(0));
      pages.set(first, first + Math.toIntExact(range.number(1)));
    }
    return of(pages);
  }
}
