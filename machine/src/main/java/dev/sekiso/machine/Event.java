package dev.sekiso.machine;

/**
 * Something that happens at a time: a node of an {@link EventHeap}. A node is in at most one heap
 * and knows its place there, so taking it out costs no search.
 */
abstract class Event {

  /** When it happens, in {@link Machine#nanoTime()}'s nanoseconds. */
  long time;

  /** Orders events of equal time. */
  long tieBreak;

  /** The place in the heap, -1 outside. */
  int heapIndex = -1;

  final boolean isPending() {
    return heapIndex >= 0;
  }

  final boolean isBefore(Event other) {
    return time != other.time ? time < other.time : tieBreak < other.tieBreak;
  }
}
