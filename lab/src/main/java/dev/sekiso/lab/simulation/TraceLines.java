package dev.sekiso.lab.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The lines of a trace and their columns, read without making an object of each: empty lines and
 * those that begin with {@code #} are passed over. Columns are parted by blanks, or by commas.
 */
final class TraceLines {

  private static final int BUFFER = 1 << 16;

  /** Longer lines are of no format there is. */
  private static final int LONGEST = 4096;

  private static final int MOST_COLUMNS = 32;

  private final InputStream in;
  private final String file;
  private final boolean commas;
  private final byte[] buffer = new byte[BUFFER];
  private final byte[] line = new byte[LONGEST];
  private final int[] starts = new int[MOST_COLUMNS];
  private final int[] ends = new int[MOST_COLUMNS];
  private int at;
  private int limit;
  private int length;
  private int columns;
  private long number;

  private TraceLines(InputStream in, String file, boolean commas) {
    this.in = in;
    this.file = file;
    this.commas = commas;
  }

  static TraceLines blanks(InputStream in, String file) {
    return new TraceLines(in, file, false);
  }

  static TraceLines commas(InputStream in, String file) {
    return new TraceLines(in, file, true);
  }

  /** Goes to the next line that says something; false when there is none. */
  boolean next() throws IOException {
    while (readLine()) {
      split();
      if (columns > 0 && line[starts[0]] != '#') {
        return true;
      }
    }
    return false;
  }

  private boolean readLine() throws IOException {
    length = 0;
    boolean isEmpty = true;
    while (true) {
      if (at == limit) {
        limit = in.read(buffer, 0, BUFFER);
        at = 0;
        if (limit <= 0) {
          limit = 0;
          number += isEmpty ? 0 : 1;
          return !isEmpty;
        }
      }
      byte next = buffer[at++];
      isEmpty = false;
      if (next == '\n') {
        number++;
        return true;
      }
      if (length == LONGEST) {
        number++;
        throw wrong("is longer than " + LONGEST + " bytes: this is no trace in text");
      }
      line[length++] = next;
    }
  }

  private void split() {
    columns = 0;
    int from = 0;
    while (columns < MOST_COLUMNS) {
      while (from < length && isBlank(line[from])) {
        from++;
      }
      if (from >= length && (!commas || columns == 0)) {
        return;
      }
      int to = from;
      while (to < length && (commas ? line[to] != ',' : !isBlank(line[to]))) {
        to++;
      }
      starts[columns] = from;
      int end = to;
      while (end > from && isBlank(line[end - 1])) {
        end--;
      }
      ends[columns++] = end;
      from = commas ? to + 1 : to;
      if (commas && to >= length) {
        return;
      }
    }
  }

  private static boolean isBlank(byte character) {
    return character == ' ' || character == '\t' || character == '\r';
  }

  int columns() {
    return columns;
  }

  /** A column as it is written. */
  String text(int column) {
    return new String(
        line, starts[column], ends[column] - starts[column], StandardCharsets.ISO_8859_1);
  }

  /** Whether a column is this, in ASCII. */
  boolean is(int column, String text) {
    int size = ends[column] - starts[column];
    if (size != text.length()) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (line[starts[column] + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A column that is a whole number, not negative.
   *
   * @param what it is, for the message
   */
  long number(int column, String what) throws TraceException {
    if (column >= columns) {
      throw wrong("has %d columns, and no %s in column %d".formatted(columns, what, column + 1));
    }
    long value = 0;
    for (int i = starts[column]; i < ends[column]; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        throw noNumber(column, what);
      }
      value = 10 * value + digit;
    }
    if (starts[column] == ends[column]) {
      throw noNumber(column, what);
    }
    return value;
  }

  private TraceException noNumber(int column, String what) {
    return wrong(
        "'%s' in column %d is no %s (a whole number from 0 on)"
            .formatted(text(column), column + 1, what));
  }

  /** What is wrong with this line. */
  TraceException wrong(String what) {
    return new TraceException("%s: line %d: %s".formatted(file, number, what));
  }
}
