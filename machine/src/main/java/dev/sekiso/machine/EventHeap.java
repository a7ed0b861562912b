package dev.sekiso.machine;

import java.util.Arrays;

/**
 * A binary heap of events, earliest first, ties by {@link Event#tieBreak}. Allocates only to grow.
 * Not thread-safe: {@link SimulatedMachine} runs one task at a time, {@link TimerThread} has a
 * lock.
 */
final class EventHeap {

  private Event[] heap = new Event[64];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The earliest event; null when there is none. */
  Event peek() {
    return heap[0];
  }

  void add(Event event) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    siftUp(size++, event);
  }

  /** Takes out the earliest event. */
  Event poll() {
    Event first = heap[0];
    remove(first);
    return first;
  }

  /** Takes the event out; false when it was not in. */
  @SuppressWarnings("ReferenceEquality") // events are themselves, whatever their class says
  boolean remove(Event event) {
    int index = event.heapIndex;
    if (index < 0) {
      return false;
    }
    event.heapIndex = -1;
    Event last = heap[--size];
    heap[size] = null;
    if (last != event) {
      if (index > 0 && last.isBefore(heap[(index - 1) >>> 1])) {
        siftUp(index, last);
      } else {
        siftDown(index, last);
      }
    }
    return true;
  }

  void clear() {
    for (int i = 0; i < size; i++) {
      heap[i].heapIndex = -1;
      heap[i] = null;
    }
    size = 0;
  }

  private void siftUp(int start, Event event) {
    int index = start;
    while (index > 0) {
      int parent = (index - 1) >>> 1;
      if (!event.isBefore(heap[parent])) {
        break;
      }
      place(index, heap[parent]);
      index = parent;
    }
    place(index, event);
  }

  private void siftDown(int start, Event event) {
    int index = start;
    while (true) {
      int child = 2 * index + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
        child++;
      }
      if (!heap[child].isBefore(event)) {
        break;
      }
      place(index, heap[child]);
      index = child;
    }
    place(index, event);
  }

  private void place(int index, Event event) {
    heap[index] = event;
    event.heapIndex = index;
  }
}
