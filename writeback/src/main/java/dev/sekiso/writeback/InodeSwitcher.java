package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import java.util.ArrayDeque;

/**
 * Hands inodes from one control group's writeback to another's ({@code inode_switch_wbs}): a task
 * that works through what has been asked for, one inode after another, and never while a sync of
 * the device is under way. So many switches may be asked for at once; more are forgotten, and asked
 * for again after the inode's next write.
 *
 * <p>The monitor guards the queue.
 */
final class InodeSwitcher {

  /** Switches that may be under way ({@code WB_FRN_MAX_IN_FLIGHT}). */
  static final int MOST_IN_FLIGHT = 1024;

  private record Order(InodeNode node, BdiWriteback target) {}

  private final Machine machine;
  private final WaitQueue alarm;
  private final ArrayDeque<Order> orders = new ArrayDeque<>();
  private boolean started;
  private volatile int inFlight;
  private volatile boolean last;
  private volatile boolean ended;

  InodeSwitcher(Machine machine) {
    this.machine = machine;
    this.alarm = machine.newWaitQueue("inodes to change their control group");
  }

  /** Begins to work; to be called by a task before the first {@link #ask}. */
  void start() {
    synchronized (this) {
      if (started) {
        return;
      }
      started = true;
    }
    machine.spawn("inode_switch_wbs", TaskKind.DAEMON, TaskContext.ROOT, this::work);
  }

  /** Asks for a switch; false when too many are under way. Does not wait. */
  boolean ask(InodeNode node, BdiWriteback target) {
    synchronized (this) {
      if (last || inFlight >= MOST_IN_FLIGHT || node.switching) {
        return false;
      }
      node.switching = true;
      orders.addLast(new Order(node, target));
      inFlight++;
    }
    alarm.wakeAll();
    return true;
  }

  private synchronized Order next() {
    return orders.pollFirst();
  }

  private void work() {
    try {
      while (!last) {
        alarm.await(this, () -> inFlight > 0 || last);
        for (Order order = next(); order != null; order = next()) {
          perform(order);
        }
      }
    } finally {
      ended = true;
      alarm.wakeAll();
    }
  }

  private void perform(Order order) {
    BackingDevInfo device = order.target().device();
    device.switching().readLock().lock();
    try {
      BdiWriteback target = order.target();
      while (target.isOffline()) {
        target = target.heir();
      }
      move(order.node(), target);
    } finally {
      device.switching().readLock().unlock();
      synchronized (this) {
        order.node().switching = false;
        inFlight--;
      }
    }
  }

  /** Ends the task after what has been asked for. May wait. */
  void close() {
    boolean running;
    synchronized (this) {
      last = true;
      running = started;
    }
    if (running) {
      alarm.wakeAll();
      alarm.await(this, () -> ended);
    }
  }

  /**
   * Hands an inode with its pages over, to the place on the new lists that its age gives it ({@code
   * inode_do_switch_wbs}). From any context.
   *
   * @return false when it was there already, or leaves memory
   */
  static boolean move(InodeNode node, BdiWriteback target) {
    while (true) {
      BdiWriteback source = node.writeback;
      if (source == target) {
        return false;
      }
      boolean sourceFirst = source.sequence() < target.sequence();
      DirtyInodes outer = (sourceFirst ? source : target).inodes();
      DirtyInodes inner = (sourceFirst ? target : source).inodes();
      boolean planned = false;
      boolean moved = false;
      outer.lock();
      inner.lock();
      try {
        if (node.writeback == source) {
          if (node.freeing) {
            return false;
          }
          planned = move(node, source.inodes(), target);
          moved = true;
        }
      } finally {
        inner.unlock();
        outer.unlock();
      }
      if (moved) {
        trace(node, source, target);
        if (planned) {
          target.wakeLater();
        }
        return true;
      }
    }
  }

  private static boolean move(InodeNode node, DirtyInodes source, BdiWriteback target) {
    InodeList list = node.list;
    source.remove(node);
    node.handTo(target);
    if (list == null) {
      return false;
    }
    DirtyInodes inodes = target.inodes();
    return inodes.adopt(node, list == source.dirtyTime ? inodes.dirtyTime : inodes.dirty);
  }

  private static void trace(InodeNode node, BdiWriteback source, BdiWriteback target) {
    var tracer = source.machine().tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.INODE_SWITCH_WBS,
          source.device().name(),
          node.inode.number(),
          source.cgroup().path(),
          target.cgroup().path());
    }
  }

  @Override
  public String toString() {
    return inFlight + " inodes to change their control group";
  }
}
