package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;

/**
 * Finds the queued request that ends where something begins (the elevator core's hash and its
 * one-entry cache of the last hit, {@code elv_rqhash_*} and {@code q->last_merge} in {@code
 * block/elevator.c}). For schedulers to build on; guarded, as they are, by the queue's lock.
 *
 * <p>The key is the end sector alone, whatever the operation; of several requests with one end the
 * youngest is found. A request that can take no more merges is dropped when met.
 */
@SuppressWarnings("ReferenceEquality") // A node is itself and nothing else.
public final class MergeIndex {

  /** {@code ELV_HASH_BITS} is 6. */
  private static final int BUCKETS = 64;

  /** A request in the index. Schedulers extend it with what they keep per request. */
  public abstract static class Node {

    final Request request;
    private long key;
    private boolean hashed;
    private Node next;

    protected Node(Request request) {
      this.request = request;
    }
  }

  private final SchedulerHost host;
  private final Node[] buckets = new Node[BUCKETS];
  private Node lastHit;

  public MergeIndex(SchedulerHost host) {
    this.host = host;
  }

  /** Takes a request in ({@code elv_rqhash_add}). */
  public void add(Node node) {
    hash(node);
    if (lastHit == null) {
      lastHit = node;
    }
  }

  /** Forgets a request. */
  public void remove(Node node) {
    unhash(node);
    if (lastHit == node) {
      lastHit = null;
    }
  }

  /** A request has grown at its end, or at its front: it is the last hit now. */
  public void grown(Node node) {
    if (node.hashed) {
      unhash(node);
      hash(node);
    }
    lastHit = node;
  }

  /**
   * A request behind or before which the bio fits: the last hit, or one that ends where the bio
   * begins. Null when there is none.
   */
  public IoScheduler.MergeCandidate candidate(Bio bio) {
    if (host.merging() == SchedulerHost.Merging.NONE) {
      return null;
    }
    if (lastHit != null && host.mayJoin(lastHit.request, bio)) {
      Request request = lastHit.request;
      if (request.endSector() == bio.sector()) {
        return new IoScheduler.MergeCandidate(request, IoScheduler.MergeSide.BACK);
      }
      if (bio.endSector() == request.sector()) {
        return new IoScheduler.MergeCandidate(request, IoScheduler.MergeSide.FRONT);
      }
    }
    if (host.merging() == SchedulerHost.Merging.LAST_HIT) {
      return null;
    }
    Node node = find(bio.sector());
    return node != null && host.mayJoin(node.request, bio)
        ? new IoScheduler.MergeCandidate(node.request, IoScheduler.MergeSide.BACK)
        : null;
  }

  /** Whether the searches beyond the last hit are wanted. */
  public boolean searches() {
    return host.merging() == SchedulerHost.Merging.ALL;
  }

  /**
   * Lets queued requests absorb one that is being inserted ({@code elv_attempt_insert_merge}): the
   * last hit, else the one that ends where it begins, and then that one by the one before it, and
   * so on.
   *
   * @param gone told of each queued request that was absorbed on the way
   * @return whether the request was absorbed
   */
  public boolean absorb(Request request, Absorbed gone) {
    if (host.merging() == SchedulerHost.Merging.NONE || !request.mergeable()) {
      return false;
    }
    if (lastHit != null) {
      Node hit = lastHit;
      if (host.absorb(hit.request, request)) {
        grown(hit);
        gone.absorbed(hit, request, null);
        return true;
      }
      if (!hit.request.mergeable()) {
        lastHit = null;
      }
    }
    if (!searches()) {
      return false;
    }
    boolean absorbed = false;
    Request current = request;
    Node currentNode = null;
    while (true) {
      Node before = find(current.sector());
      if (before == null || !host.absorb(before.request, current)) {
        return absorbed;
      }
      gone.absorbed(before, current, currentNode);
      grown(before);
      absorbed = true;
      current = before.request;
      currentNode = before;
    }
  }

  /** Hears of requests that became part of others. */
  @FunctionalInterface
  public interface Absorbed {
    /**
     * One has become part of another.
     *
     * @param into the request that grew
     * @param request what it took over
     * @param node the node of what it took over when that was queued itself, else null
     */
    void absorbed(Node into, Request request, Node node);
  }

  private Node find(long endSector) {
    Node previous = null;
    int bucket = bucket(endSector);
    for (Node node = buckets[bucket]; node != null; node = node.next) {
      if (!node.request.mergeable()) {
        node.hashed = false;
        if (previous == null) {
          buckets[bucket] = node.next;
        } else {
          previous.next = node.next;
        }
        continue;
      }
      if (node.key == endSector) {
        return node;
      }
      previous = node;
    }
    return null;
  }

  private void hash(Node node) {
    node.key = node.request.endSector();
    int bucket = bucket(node.key);
    node.next = buckets[bucket];
    buckets[bucket] = node;
    node.hashed = true;
  }

  private void unhash(Node node) {
    if (!node.hashed) {
      return;
    }
    node.hashed = false;
    int bucket = bucket(node.key);
    if (buckets[bucket] == node) {
      buckets[bucket] = node.next;
      node.next = null;
      return;
    }
    for (Node before = buckets[bucket]; before != null; before = before.next) {
      if (before.next == node) {
        before.next = node.next;
        node.next = null;
        return;
      }
    }
  }

  private static int bucket(long sector) {
    long mixed = sector * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 58);
  }
}
