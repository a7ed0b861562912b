package dev.sekiso.pagecache;

import java.util.Arrays;

/**
 * The areas that show pages of one address space, found by index in the file (the kernel's {@code
 * i_mmap} interval tree). No lock of its own.
 *
 * <p>Areas are kept apart by the power of two of their length, sorted by offset. Those of one class
 * that reach an index begin at most two lengths before it, so a search looks at the areas it finds
 * and few others, however many there are.
 */
final class AreaIndex {

  private static final int CLASSES = 64;

  private final Area[][] sorted = new Area[CLASSES][];
  private final int[] counts = new int[CLASSES];
  private int size;

  /** Takes areas. */
  @FunctionalInterface
  interface Visitor {
    void visit(Area area);
  }

  boolean isEmpty() {
    return size == 0;
  }

  private static int classOf(Area area) {
    return Long.SIZE - 1 - Long.numberOfLeadingZeros(area.pageCount());
  }

  void add(Area area) {
    int kind = classOf(area);
    Area[] areas = sorted[kind];
    int count = counts[kind];
    if (areas == null) {
      areas = new Area[4];
    } else if (count == areas.length) {
      areas = Arrays.copyOf(areas, 2 * count);
    }
    int at = firstFrom(areas, count, area.offset + 1);
    System.arraycopy(areas, at, areas, at + 1, count - at);
    areas[at] = area;
    sorted[kind] = areas;
    counts[kind] = count + 1;
    size++;
  }

  void remove(Area area) {
    int kind = classOf(area);
    Area[] areas = sorted[kind];
    int count = counts[kind];
    int at = areas == null ? 0 : firstFrom(areas, count, area.offset);
    while (at < count && areas[at] != area) {
      at++;
    }
    if (at == count) {
      throw new IllegalStateException("area " + area + " is not where its offset says");
    }
    System.arraycopy(areas, at + 1, areas, at, count - at - 1);
    areas[count - 1] = null;
    counts[kind] = count - 1;
    size--;
  }

  /** Visits the areas that show any of the indexes first to last. */
  void forEach(long first, long last, Visitor visitor) {
    for (int kind = 0; kind < CLASSES; kind++) {
      int count = counts[kind];
      if (count == 0) {
        continue;
      }
      Area[] areas = sorted[kind];
      long longest = kind >= Long.SIZE - 2 ? Long.MAX_VALUE : 2L << kind;
      int at = firstFrom(areas, count, Math.max(0, first - longest));
      while (at < count && areas[at].offset <= last) {
        if (areas[at].lastIndex() >= first) {
          visitor.visit(areas[at]);
        }
        at++;
      }
    }
  }

  /** Place of the first area with at least this offset. */
  private static int firstFrom(Area[] areas, int count, long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (areas[middle].offset < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
