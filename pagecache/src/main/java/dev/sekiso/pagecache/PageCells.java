package dev.sekiso.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * The arrays that the policies of all groups share: one cell per frame and number, made when asked.
 */
final class PageCells {

  private final int frames;
  private final List<int[]> ints = new ArrayList<>();
  private final List<byte[]> bytes = new ArrayList<>();
  private final List<long[]> longs = new ArrayList<>();

  PageCells(int frames) {
    this.frames = frames;
  }

  synchronized int[] ints(int number) {
    while (ints.size() <= number) {
      ints.add(new int[frames]);
    }
    return ints.get(number);
  }

  synchronized byte[] bytes(int number) {
    while (bytes.size() <= number) {
      bytes.add(new byte[frames]);
    }
    return bytes.get(number);
  }

  synchronized long[] longs(int number) {
    while (longs.size() <= number) {
      longs.add(new long[frames]);
    }
    return longs.get(number);
  }
}
