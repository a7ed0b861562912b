package dev.sekiso.pagecache;

/**
 * The pieces a large folio falls into when one of its pages becomes a folio of its own: the page,
 * and one piece of each lower order. In no particular order.
 */
final class SplitPieces {

  private final long first;
  private final int order;
  private final long page;
  private long low;
  private int left;
  private long pieceIndex;
  private int pieceOrder;

  /**
   * @param first index of the folio's first page
   * @param order its order
   * @param page index of the page that is to be alone
   */
  SplitPieces(long first, int order, long page) {
    this.first = first;
    this.order = order;
    this.page = page;
    rewind();
  }

  void rewind() {
    low = first;
    left = order;
  }

  /** Moves on to the next piece; false after the last. */
  boolean next() {
    if (left < 0) {
      return false;
    }
    if (left == 0) {
      pieceIndex = low;
      pieceOrder = 0;
      left = -1;
      return true;
    }
    left--;
    long middle = low + (1L << left);
    pieceOrder = left;
    if (page < middle) {
      pieceIndex = middle;
    } else {
      pieceIndex = low;
      low = middle;
    }
    return true;
  }

  long index() {
    return pieceIndex;
  }

  int order() {
    return pieceOrder;
  }
}
