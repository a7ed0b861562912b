package dev.sekiso.blockdev.scheduler;

import java.util.Comparator;
import java.util.TreeSet;

/** The requests of one priority class in {@link MqDeadlineScheduler}, by age and by sector. */
final class DeadlineClass {

  static final int READ = 0;
  static final int WRITE = 1;

  private static final Comparator<DeadlineNode> BY_SECTOR =
      Comparator.<DeadlineNode>comparingLong(node -> node.sector)
          .thenComparingLong(node -> node.arrival);

  /** Oldest and youngest per direction. */
  private final DeadlineNode[] oldest = new DeadlineNode[2];

  private final DeadlineNode[] youngest = new DeadlineNode[2];
  private final TreeSet<DeadlineNode>[] sorted = newSets();
  private final DeadlineNode probe = new DeadlineNode(null, null, READ, 0);
  private long arrivals;

  /** First sector of the request dispatched last, per direction. */
  final long[] position = new long[2];

  /** Requests taken in that have not ended yet. */
  int unfinished;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static TreeSet<DeadlineNode>[] newSets() {
    return new TreeSet[] {new TreeSet<>(BY_SECTOR), new TreeSet<>(BY_SECTOR)};
  }

  void add(DeadlineNode node) {
    unfinished++;
    node.arrival = arrivals++;
    sorted[node.direction].add(node);
    append(node);
  }

  void remove(DeadlineNode node) {
    sorted[node.direction].remove(node);
    unlink(node);
  }

  /** A request begins at another sector now. */
  void moved(DeadlineNode node) {
    sorted[node.direction].remove(node);
    node.sector = node.request.sector();
    sorted[node.direction].add(node);
  }

  /** Gives a node the deadline of another of its direction, and the place before it in age. */
  void takePlace(DeadlineNode node, DeadlineNode other) {
    unlink(node);
    node.deadline = other.deadline;
    node.older = other.older;
    node.younger = other;
    if (other.older == null) {
      oldest[node.direction] = node;
    } else {
      other.older.younger = node;
    }
    other.older = node;
  }

  DeadlineNode oldest(int direction) {
    return oldest[direction];
  }

  /** The first request at or above a sector, or null. */
  DeadlineNode first(int direction, long sector) {
    probe.sector = sector;
    probe.arrival = -1;
    return sorted[direction].ceiling(probe);
  }

  DeadlineNode after(DeadlineNode node) {
    return sorted[node.direction].higher(node);
  }

  DeadlineNode before(DeadlineNode node) {
    return sorted[node.direction].lower(node);
  }

  private void append(DeadlineNode node) {
    node.older = youngest[node.direction];
    if (node.older == null) {
      oldest[node.direction] = node;
    } else {
      node.older.younger = node;
    }
    youngest[node.direction] = node;
  }

  private void unlink(DeadlineNode node) {
    if (node.older == null) {
      oldest[node.direction] = node.younger;
    } else {
      node.older.younger = node.younger;
    }
    if (node.younger == null) {
      youngest[node.direction] = node.older;
    } else {
      node.younger.older = node.older;
    }
    node.older = null;
    node.younger = null;
  }
}
