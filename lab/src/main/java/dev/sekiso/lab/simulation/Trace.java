package dev.sekiso.lab.simulation;

import dev.sekiso.pagecache.replacement.Belady;
import java.util.Arrays;

/**
 * Requests for pages, one after the other. Pages are numbered from 0 in the order in which they
 * first occur: what they were called is of no interest to a policy.
 *
 * <p>Memory: 4 bytes a request.
 */
public final class Trace {

  private final int[] requests;
  private final int length;
  private final int pages;

  private Trace(int[] requests, int length, int pages) {
    this.requests = requests;
    this.length = length;
    this.pages = pages;
  }

  /** Requests. */
  public int length() {
    return length;
  }

  /** Different pages. */
  public int pages() {
    return pages;
  }

  /** The page of a request. */
  public int page(int request) {
    return requests[request];
  }

  /** The requests themselves, for the simulator's loop; there may be room behind the last. */
  int[] requests() {
    return requests;
  }

  /** For each request the number of the next one for the same page. */
  int[] nextUses() {
    return Belady.nextUses(requests, length, pages);
  }

  /** Puts a trace together. */
  public static final class Builder {

    private static final int FIRST_REQUESTS = 1 << 12;
    private static final int FIRST_CELLS = 1 << 12;

    /** The longest array that every JVM can make. */
    private static final int MOST = Integer.MAX_VALUE - 8;

    private int[] requests = new int[FIRST_REQUESTS];
    private int length;
    private int pages;

    /** An open-addressing table from what a page is called to its number plus one. */
    private long[] names = new long[FIRST_CELLS];

    private int[] numbers = new int[FIRST_CELLS];

    /**
     * A request for a page, by any name.
     *
     * @throws IllegalStateException when there are more requests or pages than memory can hold
     */
    public void add(long page) {
      if (length == requests.length) {
        if (length == MOST) {
          throw new IllegalStateException("a trace has at most " + MOST + " requests; cut it");
        }
        requests = Arrays.copyOf(requests, (int) Math.min(2L * length, MOST));
      }
      requests[length++] = number(page);
    }

    /** Requests for so many pages that follow each other. */
    public void add(long first, long count) {
      for (long i = 0; i < count; i++) {
        add(first + i);
      }
    }

    private int number(long page) {
      int cell = cell(page);
      if (numbers[cell] == 0) {
        if (2 * pages >= numbers.length) {
          grow();
          cell = cell(page);
        }
        names[cell] = page;
        numbers[cell] = ++pages;
      }
      return numbers[cell] - 1;
    }

    private int cell(long page) {
      int mask = numbers.length - 1;
      long mixed = (page ^ page >>> 32) * 0x9E3779B97F4A7C15L;
      int cell = (int) (mixed >>> 32) & mask;
      while (numbers[cell] != 0 && names[cell] != page) {
        cell = (cell + 1) & mask;
      }
      return cell;
    }

    private void grow() {
      if (numbers.length == 1 << 30) {
        throw new IllegalStateException("a trace has at most 2^29 different pages; cut it");
      }
      long[] oldNames = names;
      int[] oldNumbers = numbers;
      names = new long[2 * oldNames.length];
      numbers = new int[2 * oldNumbers.length];
      for (int i = 0; i < oldNumbers.length; i++) {
        if (oldNumbers[i] != 0) {
          int cell = cell(oldNames[i]);
          names[cell] = oldNames[i];
          numbers[cell] = oldNumbers[i];
        }
      }
    }

    /** The trace; the builder is not used again. */
    public Trace build() {
      return new Trace(requests, length, pages);
    }
  }
}
