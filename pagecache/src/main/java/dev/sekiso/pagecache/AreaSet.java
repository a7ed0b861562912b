package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The areas of one process by address: finding, placing, splitting, joining ({@code mm/vma.c}).
 * Looked at with the map's lock held, changed with it held for writing.
 */
final class AreaSet {

  /** Pages of addresses there are. */
  static final long LIMIT = (1L << (PageTables.ADDRESS_BITS - PageCache.PAGE_SHIFT)) - 1;

  /** The lowest page that may be mapped ({@code vm.mmap_min_addr}, 64 KiB). */
  static final long LOWEST = 65_536 >> PageCache.PAGE_SHIFT;

  /** Where placing begins, downwards: 128 MiB are left for the stack ({@code MIN_GAP}). */
  private static final long BASE = LIMIT - ((128L << 20) >> PageCache.PAGE_SHIFT);

  private final TreeMap<Long, Area> byFirst = new TreeMap<>();
  private final int maximum;

  AreaSet(int maximum) {
    this.maximum = maximum;
  }

  int size() {
    return byFirst.size();
  }

  Iterable<Area> all() {
    return byFirst.values();
  }

  /** The area that holds a page, or null. */
  Area at(long page) {
    Map.Entry<Long, Area> entry = byFirst.floorEntry(page);
    return entry != null && entry.getValue().contains(page) ? entry.getValue() : null;
  }

  /** The first area that ends behind a page, or null ({@code find_vma}). */
  Area from(long page) {
    Area area = at(page);
    if (area != null) {
      return area;
    }
    Map.Entry<Long, Area> entry = byFirst.higherEntry(page);
    return entry == null ? null : entry.getValue();
  }

  /** The first area with pages in a range, or null. */
  Area in(long first, long end) {
    Area area = from(first);
    return area != null && area.first < end ? area : null;
  }

  /** Fails with ENOMEM if so many more areas would be too many. */
  void requireRoom(int more) throws ErrnoException {
    if (byFirst.size() + more > maximum) {
      throw new ErrnoException(
          Errno.ENOMEM,
          "a process may have "
              + maximum
              + " areas (vm.max_map_count) and has them; unmap some, or map larger pieces");
    }
  }

  void insert(Area area) {
    byFirst.put(area.first, area);
    if (area.pages != null) {
      area.pages.reverse().add(area);
    }
  }

  void remove(Area area) {
    byFirst.remove(area.first);
    if (area.pages != null) {
      area.pages.reverse().remove(area);
    }
  }

  /** Cuts an area in two before a page inside it; returns the second part. */
  Area split(Area area, long page) {
    Area rest = area.like(page, area.end, area.indexOf(page));
    if (area.file != null) {
      area.file.keep();
    }
    change(area, () -> area.end = page, rest);
    return rest;
  }

  /** Cuts so that areas begin and end at the borders of a range. */
  void cut(long first, long end) throws ErrnoException {
    Area before = at(first);
    boolean cutsBefore = before != null && before.first < first;
    Area after = at(end);
    boolean cutsAfter = after != null && after.first < end;
    requireRoom((cutsBefore ? 1 : 0) + (cutsAfter ? 1 : 0));
    if (cutsBefore) {
      split(before, first);
    }
    after = at(end);
    if (after != null && after.first < end) {
      split(after, end);
    }
  }

  /** Changes an area's place or flags, and adds another, in one step for who looks from below. */
  void change(Area area, Runnable change, Area added) {
    if (area.pages == null) {
      change.run();
    } else {
      ReverseMap reverse = area.pages.reverse();
      synchronized (reverse) {
        reverse.remove(area);
        change.run();
        reverse.add(area);
        if (added != null) {
          reverse.add(added);
        }
      }
    }
    if (added != null) {
      byFirst.put(added.first, added);
    }
  }

  /** Joins the areas of a range, and those next to it, where they are alike ({@code vma_merge}). */
  void join(long first, long end) {
    Area area = first > 0 ? from(first - 1) : from(first);
    while (area != null && area.first <= end) {
      Area next = byFirst.get(area.end);
      if (next == null || !canJoin(area, next)) {
        Map.Entry<Long, Area> following = byFirst.higherEntry(area.first);
        area = following == null ? null : following.getValue();
        continue;
      }
      join(area, next);
    }
  }

  private static boolean canJoin(Area left, Area right) {
    return left.isLike(right.file, right.flags) && left.offset + left.pageCount() == right.offset;
  }

  private void join(Area left, Area right) {
    byFirst.remove(right.first);
    if (left.pages == null) {
      left.end = right.end;
      return;
    }
    ReverseMap reverse = left.pages.reverse();
    synchronized (reverse) {
      reverse.remove(left);
      reverse.remove(right);
      left.end = right.end;
      reverse.add(left);
    }
    right.file.letGo();
  }

  /**
   * Finds room ({@code get_unmapped_area}): at the wished-for page if it is free, else as high as
   * possible.
   *
   * @param hint a page, 0 for no wish
   */
  long place(long hint, long count) throws ErrnoException {
    if (hint >= LOWEST && hint + count <= LIMIT && in(hint, hint + count) == null) {
      return hint;
    }
    long page = placeBelow(BASE, count);
    if (page < 0) {
      page = placeBelow(LIMIT, count);
    }
    if (page < 0) {
      throw new ErrnoException(
          Errno.ENOMEM, "no run of " + count + " pages of addresses is free; unmap something");
    }
    return page;
  }

  private long placeBelow(long limit, long count) {
    long end = limit;
    Map.Entry<Long, Area> entry = byFirst.lowerEntry(end);
    while (entry != null) {
      Area area = entry.getValue();
      if (area.end <= end && end - area.end >= count) {
        return end - count;
      }
      end = Math.min(end, area.first);
      entry = byFirst.lowerEntry(area.first);
    }
    return end - count >= LOWEST ? end - count : -1;
  }
}
