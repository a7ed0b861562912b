package dev.sekiso.writeback;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a {@link BdiWriteback} has been told to write and has not begun ({@code work_list}, {@code
 * start_all_reason}). Guarded by its monitor, an innermost lock; the volatile count may be read
 * without.
 */
final class WorkQueue {

  private final ArrayDeque<WritebackWork> works = new ArrayDeque<>();
  private final AtomicReference<WritebackReason> startAll = new AtomicReference<>();
  private volatile int size;
  private boolean closed;

  boolean isEmpty() {
    return size == 0;
  }

  /** Takes a work in; false when nothing is taken in any more. */
  synchronized boolean offer(WritebackWork work) {
    if (closed) {
      return false;
    }
    works.addLast(work);
    size = works.size();
    return true;
  }

  /** The oldest work, or null. */
  synchronized WritebackWork poll() {
    WritebackWork work = works.pollFirst();
    size = works.size();
    return work;
  }

  synchronized void close() {
    closed = true;
  }

  /** Asks for everything to be written; false when that was asked for already. */
  boolean offerStartAll(WritebackReason reason) {
    return startAll.compareAndSet(null, reason);
  }

  /** Why everything is to be written, or null; {@link #endStartAll} must follow the writing. */
  WritebackReason startAllReason() {
    return startAll.get();
  }

  void endStartAll() {
    startAll.set(null);
  }
}
