package dev.sekiso.lab.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a trace is written in a file. Bytes of devices and files are cut into pages of 4 KiB. */
public enum TraceFormat {
  /** A page number in the first column of each line, as in the traces of LIRS ({@code .trc}). */
  PAGES("pages", "txt trc") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      TraceLines lines = TraceLines.blanks(in, file);
      while (lines.next()) {
        // LIRS' traces mark phases by lines that hold a star.
        if (!lines.is(0, "*")) {
          trace.add(lines.number(0, "page number"));
        }
      }
    }
  },

  /** First page and number of pages in the first two columns: the traces of ARC ({@code .lis}). */
  RUNS("runs", "lis") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      TraceLines lines = TraceLines.blanks(in, file);
      while (lines.next()) {
        long first = lines.number(0, "first page");
        addRun(trace, lines, first, lines.number(1, "number of pages"));
      }
    }
  },

  /**
   * Storage Performance Council: application unit, logical block (512 bytes), bytes, opcode, time
   * with commas between them: the UMass Trace Repository's {@code .spc}.
   */
  SPC("spc", "spc") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      TraceLines lines = TraceLines.commas(in, file);
      while (lines.next()) {
        long unit = lines.number(0, "application unit");
        long block = lines.number(1, "logical block");
        long bytes = lines.number(2, "size in bytes");
        addBytes(trace, lines, unit, scaled(lines, block), bytes);
      }
    }

    private long scaled(TraceLines lines, long block) throws TraceException {
      if (block > Long.MAX_VALUE >> SECTOR_SHIFT) {
        throw lines.wrong("the logical block " + block + " is on no device there could be");
      }
      return block << SECTOR_SHIFT;
    }
  },

  /**
   * Microsoft Research Cambridge: timestamp, host, disk, type, offset (bytes), size (bytes),
   * response time with commas between them.
   */
  MSR("msr", "csv") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      TraceLines lines = TraceLines.commas(in, file);
      List<String> hosts = new ArrayList<>();
      int host = -1;
      boolean isFirst = true;
      while (lines.next()) {
        if (isFirst && lines.is(0, "Timestamp")) {
          isFirst = false;
          continue;
        }
        isFirst = false;
        if (lines.columns() < 6) {
          throw lines.wrong(
              "has %d columns; a line is timestamp, host, disk, type, offset, size, response time"
                  .formatted(lines.columns()));
        }
        if (host < 0 || !lines.is(1, hosts.get(host))) {
          String name = lines.text(1);
          host = hosts.indexOf(name);
          if (host < 0) {
            host = hosts.size();
            hosts.add(name);
          }
        }
        long disk = lines.number(2, "disk");
        if (disk >= 1 << HOST_SHIFT) {
          throw lines.wrong("the disk " + disk + " is none there could be");
        }
        long unit = (long) host << HOST_SHIFT | disk;
        addBytes(trace, lines, unit, lines.number(4, "offset"), lines.number(5, "size in bytes"));
      }
    }
  },

  /** Page numbers of 16 bits, least byte first. */
  U16("u16", "u16") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      binary(in, file, trace, Short.BYTES);
    }
  },

  /** Page numbers of 32 bits, least byte first. */
  U32("u32", "u32") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      binary(in, file, trace, Integer.BYTES);
    }
  },

  /** Page numbers of 64 bits, least byte first. */
  U64("u64", "u64") {
    @Override
    void read(InputStream in, String file, Trace.Builder trace) throws IOException {
      binary(in, file, trace, Long.BYTES);
    }
  };

  private static final int PAGE_SHIFT = 12;
  private static final int SECTOR_SHIFT = 9;
  private static final int HOST_SHIFT = 10;

  /** A unit's number stands above the bits that a page's may have: 2^44 pages are 64 PiB. */
  private static final int UNIT_SHIFT = 44;

  private static final int UNITS = 1 << 19;

  /** One request of more pages (4 GiB) is a mistake in a trace, not a request. */
  private static final long LONGEST_RUN = 1 << 20;

  private static final int BUFFER = 1 << 16;

  private final String word;

  /** With blanks between them. */
  private final String endings;

  TraceFormat(String word, String endings) {
    this.word = word;
    this.endings = endings;
  }

  /** What the format is called on a command line. */
  public String word() {
    return word;
  }

  abstract void read(InputStream in, String file, Trace.Builder trace) throws IOException;

  /** The format of that name, or of files whose name ends so. */
  static TraceFormat ofEnding(String file) throws TraceException {
    String ending = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    for (TraceFormat format : values()) {
      if (List.of(format.endings.split(" ", -1)).contains(ending)) {
        return format;
      }
    }
    throw new TraceException(
        "%s: the name does not tell the format; give one of %s".formatted(file, words()));
  }

  /**
   * The format of a word.
   *
   * @throws IllegalArgumentException naming all there are
   */
  public static TraceFormat of(String word) {
    for (TraceFormat format : values()) {
      if (format.word.equals(word)) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        "there is no trace format '" + word + "'; there are: " + words());
  }

  private static String words() {
    return Stream.of(values()).map(TraceFormat::word).collect(Collectors.joining(", "));
  }

  private static void addRun(Trace.Builder trace, TraceLines lines, long first, long count)
      throws TraceException {
    if (count > LONGEST_RUN) {
      throw lines.wrong("a request for %d pages; at most %d".formatted(count, LONGEST_RUN));
    }
    if (first > Long.MAX_VALUE - count) {
      throw lines.wrong("the page " + first + " is too far out");
    }
    trace.add(first, count);
  }

  private static void addBytes(
      Trace.Builder trace, TraceLines lines, long unit, long offset, long bytes)
      throws TraceException {
    if (bytes == 0) {
      return;
    }
    if (unit >= UNITS) {
      throw lines.wrong("the unit " + unit + " is more than " + (UNITS - 1));
    }
    if (bytes > LONGEST_RUN << PAGE_SHIFT || offset > (1L << (UNIT_SHIFT + PAGE_SHIFT)) - bytes) {
      throw lines.wrong("%d bytes at %d are on no device there could be".formatted(bytes, offset));
    }
    long first = offset >>> PAGE_SHIFT;
    long last = (offset + bytes - 1) >>> PAGE_SHIFT;
    trace.add(unit << UNIT_SHIFT | first, last - first + 1);
  }

  private static void binary(InputStream in, String file, Trace.Builder trace, int width)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    int filled = in.readNBytes(buffer, 0, BUFFER);
    while (filled > 0) {
      if (filled % width != 0) {
        throw new TraceException("%s: ends within a number of %d bytes".formatted(file, width));
      }
      for (int at = 0; at < filled; at += width) {
        long page = 0;
        for (int i = width - 1; i >= 0; i--) {
          page = page << Byte.SIZE | (buffer[at + i] & 0xff);
        }
        trace.add(page);
      }
      filled = in.readNBytes(buffer, 0, BUFFER);
    }
  }
}
