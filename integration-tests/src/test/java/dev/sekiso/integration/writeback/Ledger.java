package dev.sekiso.integration.writeback;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the calls of all tasks have promised about one file. A cell is written by one task at a
 * time; everything else may happen at any time. Guarded by its monitor.
 */
final class Ledger {

  /**
   * One open file: up to when it has been told of losses.
   *
   * <p>A loss is told once, to one of the calls that ask at the same time. Another may succeed
   * because of that, and may even come here first. So a success counts when nobody asks any more
   * who could have been told in its place, and not at all if somebody was.
   */
  static final class Listener {
    private final List<Success> successes = new ArrayList<>();
    private long toldUntil = -1;
    private int tellings;
    private int asking;

    private Listener() {}
  }

  /** What a call says that it has made durable, and up to when losses had been told by then. */
  private record Success(int first, int end, long since, long toldUntil) {}

  private static final int CELLS_PER_PAGE = 4096 / Subject.CELL_BYTES;

  /** What failing writes may damage. */
  enum Loss {
    /** Blocks of files: all are allocated beforehand, and no file is cut. */
    BLOCKS,
    /** Also what tells which blocks are whose. */
    METADATA
  }

  private final int cellsPerBlock;
  private final List<Cell> cells = new ArrayList<>();
  private final List<Listener> listeners = new ArrayList<>();
  private long moment;

  Ledger(int count, int cellsPerBlock) {
    this.cellsPerBlock = cellsPerBlock;
    for (int i = 0; i < count; i++) {
      cells.add(new Cell());
    }
  }

  synchronized Listener open() {
    Listener listener = new Listener();
    listener.toldUntil = ++moment;
    listeners.add(listener);
    return listener;
  }

  /**
   * A call is about to write cells, and with them the rest of their blocks.
   *
   * @return the moment it began
   */
  synchronized long writing(int first, int end, long value) {
    return begin(first, end, value, cellsPerBlock);
  }

  /** As {@link #writing}, of a store to a mapping, which dirties the page as a whole. */
  synchronized long storing(int cell, long value) {
    return begin(cell, cell + 1, value, CELLS_PER_PAGE);
  }

  private long begin(int first, int end, long value, int unit) {
    moment++;
    int unitEnd = Math.min(cells.size(), (end + unit - 1) / unit * unit);
    for (int i = first / unit * unit; i < unitEnd; i++) {
      if (i >= first && i < end) {
        cells.get(i).begin(value, moment);
      } else {
        cells.get(i).beginNeighbour(moment);
      }
    }
    return moment;
  }

  /** What began at a moment has ended. */
  synchronized void written(long begun) {
    moment++;
    cells.forEach(cell -> cell.end(begun, moment));
  }

  /** A moment before which everything is to be made durable. */
  synchronized long now() {
    return ++moment;
  }

  /** A call on an open file begins that makes cells durable or tells of losses. */
  synchronized void asking(Listener listener) {
    listener.asking++;
  }

  /** A call that asks has succeeded: what was written by a moment should be durable. */
  synchronized void durable(Listener listener, int first, int end, long since) {
    listener.successes.add(new Success(first, end, since, listener.toldUntil));
  }

  /** A call that asked has ended, after {@link #durable} or {@link #told}. */
  synchronized void answered(Listener listener) {
    listener.asking--;
    if (listener.asking == 0) {
      listener.successes.forEach(this::believe);
      listener.successes.clear();
    }
  }

  private void believe(Success success) {
    cells
        .subList(success.first, success.end)
        .forEach(cell -> cell.durable(success.since, success.toldUntil));
  }

  /** Something that makes all durable has succeeded, and no write of the device ever failed. */
  synchronized void durable(long since) {
    cells.forEach(cell -> cell.durable(since, -1));
  }

  synchronized void told(Listener listener) {
    listener.toldUntil = ++moment;
    listener.tellings++;
    listener.successes.clear();
  }

  synchronized int mostTellings() {
    return listeners.stream().mapToInt(listener -> listener.tellings).max().orElse(0);
  }

  /**
   * What is wrong with what was found, or null. Once a loss has been told, anything may be found in
   * blocks written since they were last durable, even what they held long before.
   */
  synchronized String complaint(long[] found) {
    boolean told = mostTellings() > 0;
    for (int i = 0; i < found.length; i++) {
      Cell cell = cells.get(i);
      if (!cell.mayHold(found[i]) && (!told || cell.isSafe())) {
        return "cell %d holds %x, and may hold %s".formatted(i, found[i], cell);
      }
    }
    return null;
  }

  /** As {@link #complaint}, of what a reader must find while the file system is in use. */
  synchronized String complaintOfReader(long[] found) {
    long[] latest = cells.stream().mapToLong(Cell::latest).toArray();
    int wrong = Arrays.mismatch(found, latest);
    return wrong < 0
        ? null
        : "cell %d reads %x, not %x".formatted(wrong, found[wrong], latest[wrong]);
  }

  synchronized int certain() {
    return (int) cells.stream().filter(Cell::isCertain).count();
  }
}
