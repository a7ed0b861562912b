package dev.sekiso.lab.fidelity;

import dev.sekiso.pagecache.PageCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Transfers of file data and flushes, in the order in which they were sent.
 *
 * <p>How often a file system flushes the device around what it writes for itself is its own affair:
 * a journal's commit record has a flush before it and one behind it, a file system without a
 * journal has one behind its inodes. So flushes with nothing but metadata between them count as
 * one.
 */
final class RequestList {

  private static final int MASK = PageCache.PAGE_SIZE - 1;

  /** One of them; offset and length are bytes of the file, -1 for a flush. */
  private record Entry(String letters, long offset, long length) {

    boolean isFlush() {
      return offset < 0;
    }

    @Override
    public String toString() {
      if (isFlush()) {
        return letters;
      }
      if ((offset & MASK) == 0 && (length & MASK) == 0) {
        return "%s %d+%d"
            .formatted(letters, offset >> PageCache.PAGE_SHIFT, length >> PageCache.PAGE_SHIFT);
      }
      return "%s %d bytes at %d".formatted(letters, length, offset);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private boolean metadataSince;

  void add(String letters, long offset, long length) {
    entries.add(new Entry(letters, offset, length));
  }

  void addPages(String letters, long first, long pages) {
    add(letters, first << PageCache.PAGE_SHIFT, pages << PageCache.PAGE_SHIFT);
  }

  void addFlush(String letters) {
    if (!metadataSince || entries.isEmpty() || !entries.getLast().isFlush()) {
      entries.add(new Entry(letters, -1, -1));
    }
    metadataSince = false;
  }

  /** Something was sent that is no data of the file. */
  void addMetadata() {
    metadataSince = true;
  }

  RequestList withoutFlushes() {
    RequestList list = new RequestList();
    entries.stream().filter(entry -> !entry.isFlush()).forEach(list.entries::add);
    return list;
  }

  String inOrder() {
    return text(entries);
  }

  String sorted() {
    return text(entries.stream().sorted(order()).toList());
  }

  private static Comparator<Entry> order() {
    return Comparator.comparing(Entry::letters).thenComparing(Entry::offset);
  }

  /** What they cover: transfers of one kind that touch are joined. */
  String joined() {
    List<Entry> joined = new ArrayList<>();
    for (Entry entry : entries.stream().sorted(order()).toList()) {
      Entry last = joined.isEmpty() ? null : joined.getLast();
      if (last != null
          && !entry.isFlush()
          && last.letters.equals(entry.letters)
          && last.offset + last.length == entry.offset) {
        joined.set(
            joined.size() - 1, new Entry(last.letters, last.offset, last.length + entry.length));
      } else {
        joined.add(entry);
      }
    }
    return text(joined);
  }

  private static String text(List<Entry> entries) {
    return entries.stream().map(Entry::toString).collect(Collectors.joining("; "));
  }
}
