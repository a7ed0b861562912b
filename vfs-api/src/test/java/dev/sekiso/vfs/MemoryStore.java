package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The "device" of {@link MemoryFileSystem}: what is there before and after a mount. */
final class MemoryStore {

  static final int PAGE = 4096;
  static final long ROOT = 2;

  /** What is kept of a file. */
  static final class Node {
    final long number;
    int mode;
    int uid;
    int gid;
    int links;
    long size;
    long device;
    Timestamp accessTime = Timestamp.ofNanos(0);
    Timestamp modificationTime = Timestamp.ofNanos(0);
    Timestamp changeTime = Timestamp.ofNanos(0);
    byte[] target;
    volatile boolean immutable;
    volatile boolean appendOnly;
    volatile boolean keepsAccessTime;
    final TreeMap<Long, byte[]> pages = new TreeMap<>();
    final TreeMap<Long, Entry> byCookie = new TreeMap<>();
    final Map<FileName, Entry> byName = new HashMap<>();
    long parent;
    long nextCookie = 3;

    Node(long number) {
      this.number = number;
    }
  }

  record Entry(FileName name, long number, long cookie) {}

  final Map<Long, Node> nodes = new HashMap<>();
  final List<String> log = new ArrayList<>();
  int maximumNodes = Integer.MAX_VALUE;
  long maximumPages = Long.MAX_VALUE;
  private long pagesInUse;

  /** Latency of each operation in nanoseconds; a wait, so that others run meanwhile. */
  long latencyNanos;

  /** What the next load of an inode fails with. */
  volatile Errno nextLoadFailure;

  /** Whether files have {@code fallocate}. */
  volatile boolean allocates;

  /** What every sync fails with. */
  volatile Errno syncFailure;

  MemoryStore() {
    Node root = new Node(ROOT);
    root.mode = FileType.DIRECTORY.modeBits() | 0755;
    root.links = 2;
    root.parent = ROOT;
    nodes.put(ROOT, root);
  }

  synchronized Node allocate() throws ErrnoException {
    if (nodes.size() >= maximumNodes) {
      throw new ErrnoException(Errno.ENOSPC, "no inode is free");
    }
    long number = ROOT + 1;
    while (nodes.containsKey(number)) {
      number++;
    }
    Node node = new Node(number);
    nodes.put(number, node);
    return node;
  }

  synchronized Node node(long number) {
    return nodes.get(number);
  }

  synchronized void free(Node node) {
    pagesInUse -= node.pages.size();
    nodes.remove(node.number);
  }

  synchronized int nodeCount() {
    return nodes.size();
  }

  synchronized long pagesInUse() {
    return pagesInUse;
  }

  synchronized int write(Node node, long position, MemorySegment source) throws ErrnoException {
    long done = 0;
    while (done < source.byteSize()) {
      long at = position + done;
      byte[] page = node.pages.get(at / PAGE);
      if (page == null) {
        if (pagesInUse >= maximumPages) {
          if (done > 0) {
            break;
          }
          throw new ErrnoException(Errno.ENOSPC, "no page is free");
        }
        pagesInUse++;
        page = new byte[PAGE];
        node.pages.put(at / PAGE, page);
      }
      int offset = (int) (at % PAGE);
      int length = (int) Math.min(PAGE - offset, source.byteSize() - done);
      MemorySegment.copy(source, done, MemorySegment.ofArray(page), offset, length);
      done += length;
    }
    node.size = Math.max(node.size, position + done);
    return (int) done;
  }

  synchronized int read(Node node, long position, MemorySegment destination) {
    long length = Math.min(destination.byteSize(), node.size - position);
    long done = 0;
    while (done < length) {
      long at = position + done;
      byte[] page = node.pages.get(at / PAGE);
      int offset = (int) (at % PAGE);
      int part = (int) Math.min(PAGE - offset, length - done);
      if (page == null) {
        destination.asSlice(done, part).fill((byte) 0);
      } else {
        MemorySegment.copy(MemorySegment.ofArray(page), offset, destination, done, part);
      }
      done += part;
    }
    return (int) Math.max(0, done);
  }

  synchronized void truncate(Node node, long size) {
    if (size < node.size) {
      long firstGone = (size + PAGE - 1) / PAGE;
      Map<Long, byte[]> gone = node.pages.tailMap(firstGone, true);
      pagesInUse -= gone.size();
      gone.clear();
      byte[] last = node.pages.get(size / PAGE);
      if (last != null && size % PAGE != 0) {
        java.util.Arrays.fill(last, (int) (size % PAGE), PAGE, (byte) 0);
      }
    }
    node.size = size;
  }

  synchronized void enter(Node directory, FileName name, long number) {
    Entry entry = new Entry(name, number, directory.nextCookie++);
    directory.byName.put(name, entry);
    directory.byCookie.put(entry.cookie, entry);
  }

  synchronized void remove(Node directory, FileName name) {
    Entry entry = directory.byName.remove(name);
    directory.byCookie.remove(entry.cookie);
  }

  synchronized Entry find(Node directory, FileName name) {
    return directory.byName.get(name);
  }

  synchronized List<Entry> entriesFrom(Node directory, long cookie) {
    return List.copyOf(directory.byCookie.tailMap(cookie, true).values());
  }

  synchronized void note(String event) {
    log.add(event);
  }
}
