package dev.sekiso.machine;

/**
 * A first-in-first-out list of waiting tasks, linked through the tasks: no allocation. Guarded by
 * the queue or lock that owns it; a look at {@link #isEmpty} needs no guard.
 */
final class SystemTaskList {

  private volatile SystemTask head;
  private SystemTask tail;

  boolean isEmpty() {
    return head == null;
  }

  SystemTask first() {
    return head;
  }

  void addFirst(SystemTask task) {
    task.list = this;
    task.previous = null;
    task.next = head;
    if (head == null) {
      tail = task;
    } else {
      head.previous = task;
    }
    head = task;
  }

  void addLast(SystemTask task) {
    task.list = this;
    task.previous = tail;
    task.next = null;
    if (tail == null) {
      head = task;
    } else {
      tail.next = task;
    }
    tail = task;
  }

  /** Takes out the first task; null when the list is empty. */
  SystemTask removeFirst() {
    SystemTask first = head;
    if (first != null) {
      remove(first);
    }
    return first;
  }

  void remove(SystemTask task) {
    if (task.previous == null) {
      head = task.next;
    } else {
      task.previous.next = task.next;
    }
    if (task.next == null) {
      tail = task.previous;
    } else {
      task.next.previous = task.previous;
    }
    task.previous = null;
    task.next = null;
    task.list = null;
  }
}
