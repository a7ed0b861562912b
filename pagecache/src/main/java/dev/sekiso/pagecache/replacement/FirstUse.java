package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Tells the use that a page was brought in for from later ones: papers count it with the miss, the
 * page cache announces it like any other. One byte a page, the view's number 0; noted without a
 * lock, so that two first uses at the same time may count as one.
 */
final class FirstUse {

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(byte[].class);

  private final byte[] cells;

  FirstUse(PageView pages) {
    this.cells = pages.bytes(0);
  }

  /** A page has come; its next use is the first. */
  void expect(int page) {
    CELL.setOpaque(cells, page, (byte) 1);
  }

  /** Whether this use of the page is its first. */
  boolean isThis(int page) {
    if ((byte) CELL.getOpaque(cells, page) == 0) {
      return false;
    }
    CELL.setOpaque(cells, page, (byte) 0);
    return true;
  }
}
