package dev.sekiso.cli;

import java.io.IOException;
import java.util.Arrays;

/**
 * Finds what is worth writing of a file that is copied: blocks that hold anything but zeroes. The
 * others become holes in the copy, as {@code cp --sparse=always} makes them, so that a file of
 * gigabytes with little in it stays small on either side.
 */
final class Holes {

  /** The largest block of ext2, and the usual one of the host. */
  private static final int BLOCK = 4096;

  private static final byte[] ZEROES = new byte[BLOCK];

  private Holes() {}

  /** Takes bytes of a chunk that are to be written where they were read. */
  @FunctionalInterface
  interface Sink {
    void write(int from, int to) throws IOException;
  }

  /**
   * Hands on the runs of blocks that are not all zeroes.
   *
   * @param chunk bytes of a file from a multiple of the block size on
   * @param length how many of them count
   */
  static void skip(byte[] chunk, int length, Sink sink) throws IOException {
    int start = 0;
    for (int at = 0; at < length; at += BLOCK) {
      int end = Math.min(length, at + BLOCK);
      if (Arrays.equals(chunk, at, end, ZEROES, 0, end - at)) {
        if (start < at) {
          sink.write(start, at);
        }
        start = end;
      }
    }
    if (start < length) {
      sink.write(start, length);
    }
  }
}
