package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.Inode;

/**
 * One work being done ({@code wb_writeback}, {@code writeback_sb_inodes}). Belongs to the task that
 * does it.
 *
 * <p>A round ends when its pages are spent, when nothing that was dirty at its beginning is left,
 * or, for periodic and background work, when other work waits. Inodes dirtied after a work began
 * are not its business, so a task that dirties without end does not keep it from ending; periodic
 * and background work look at the clock anew each time, because they give way anyhow.
 */
final class WritebackRound {

  /** How long inodes are written before the lists are looked at again ({@code HZ/10}). */
  private static final long SLICE_NANOS = 100_000_000L;

  private final CgroupWriteback layer;
  private final BdiWriteback writeback;
  private final DirtyInodes inodes;
  private final WritebackWork work;
  private final Machine machine;
  private final long lastDirtying;
  private long olderThan;
  private long total;

  /** How the device is shared with other groups' flushers; null while there are none. */
  private WeightedShares shares;

  /** Pages of this group that may be under writeback while other groups write, too. */
  private long window = Long.MAX_VALUE;

  WritebackRound(CgroupWriteback layer, BdiWriteback writeback, WritebackWork work) {
    this.layer = layer;
    this.writeback = writeback;
    this.inodes = writeback.inodes();
    this.work = work;
    this.machine = layer.machine();
    inodes.lock();
    this.lastDirtying = inodes.lastDirtying();
    inodes.unlock();
    this.olderThan = machine.nanoTime();
  }

  long run() {
    BackingDevInfo device = writeback.device();
    shares = device.hasGroups() ? device.shares() : null;
    if (shares == null) {
      return writeAll();
    }
    shares.begin(writeback);
    try {
      return writeAll();
    } finally {
      shares.end(writeback);
    }
  }

  private long writeAll() {
    while (!work.isSpent()) {
      if (work.givesWay() && writeback.hasQueuedWork()) {
        break;
      }
      if (work.isBackground() && !writeback.isOverBackground()) {
        break;
      }
      writeback.trace(Tracepoints.WRITEBACK_START, work);
      boolean queued = queueIfIdle();
      long progress = writeInodes();
      writeback.trace(Tracepoints.WRITEBACK_WRITTEN, work);
      total += progress;
      if (work.metCongestion()) {
        break;
      }
      if (progress > 0 || !queued) {
        machine.yieldProcessor();
        continue;
      }
      if (work.isWritersOwn() || !waitForOthers()) {
        break;
      }
    }
    return total;
  }

  private boolean queueIfIdle() {
    inodes.lock();
    try {
      if (!inodes.io.isEmpty()) {
        return false;
      }
      if (work.isPeriodic()) {
        olderThan = machine.nanoTime() - layer.settings().expiryNanos();
      } else if (work.isBackground()) {
        olderThan = machine.nanoTime();
      }
      queueIo();
      return true;
    } finally {
      inodes.unlock();
    }
  }

  /** What was left over comes first, then what has expired, oldest first ({@code queue_io}). */
  private void queueIo() {
    takeOver(inodes.moreIo);
    long bound = work.givesWay() ? Long.MAX_VALUE : lastDirtying;
    int moved = takeExpired(inodes.dirty, olderThan, bound);
    long timesOlderThan =
        work.isIntegrity() ? olderThan : machine.nanoTime() - layer.settings().timeExpiryNanos();
    moved += takeExpired(inodes.dirtyTime, timesOlderThan, Long.MAX_VALUE);
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.WRITEBACK_QUEUE_IO,
          writeback.device().name(),
          olderThan,
          (machine.nanoTime() - olderThan) / 1_000_000L,
          moved,
          work.reason(),
          writeback.cgroup().path());
    }
  }

  private void takeOver(InodeList list) {
    for (InodeNode node = list.oldest(); node != null; node = list.oldest()) {
      inodes.move(node, inodes.io);
    }
  }

  private int takeExpired(InodeList list, long bound, long orderBound) {
    int moved = 0;
    InodeNode node = list.oldest();
    while (node != null && node.dirtiedWhen <= bound && node.dirtiedOrder <= orderBound) {
      inodes.move(node, inodes.io);
      moved++;
      node = list.oldest();
    }
    return moved;
  }

  /** Writes inodes of {@code b_io} for a slice of time; returns pages and inodes written. */
  private long writeInodes() {
    long start = machine.nanoTime();
    long wrote = 0;
    while (true) {
      if (mustNotGoOn()) {
        work.meetCongestion();
        return wrote;
      }
      InodeNode node = null;
      boolean busy = false;
      if (shares != null && !work.isIntegrity()) {
        window = shares.awaitTurn(writeback);
      }
      inodes.lock();
      try {
        node = inodes.io.oldest();
        if (node == null) {
          return wrote;
        }
        if (work.superBlock() != null && node.inode.superBlock() != work.superBlock()) {
          inodes.redirty(node);
          continue;
        }
        busy = node.syncing;
        if (busy && !work.isIntegrity()) {
          inodes.requeue(node);
          traceRequeue(node);
          continue;
        }
        if (!busy) {
          node.syncing = true;
        }
      } finally {
        inodes.unlock();
      }
      if (busy) {
        awaitWritten(node);
        continue;
      }
      wrote += writeOne(node);
      if (wrote > 0 && (work.isSpent() || machine.nanoTime() - start >= SLICE_NANOS)) {
        return wrote;
      }
    }
  }

  private boolean mustNotGoOn() {
    return work.isWithoutWaiting() && writeback.isWriteCongested();
  }

  private long writeOne(InodeNode node) {
    long chunk = writeback.chunk(work);
    WritebackControl control =
        work.isIntegrity()
            ? WritebackControl.integrity(0, Long.MAX_VALUE)
            : work.isTagged()
                ? WritebackControl.tagged()
                : WritebackControl.flusher(
                    WritebackControl.SyncMode.NONE,
                    chunk,
                    () -> mustNotGoOn() || writeback.writeback() >= window);
    long budget = control.pagesLeft();
    work.writing(node);
    boolean clean = false;
    if (shares != null) {
      node.beginVote();
    }
    try {
      InodeWriter writer = new InodeWriter(machine, node, control, InodeWriter.Pages.START);
      writer.write(layer.settings().timeExpiryNanos());
      if (writer.failure() != null) {
        work.completion().failed(writer.failure());
      }
    } finally {
      if (shares != null) {
        countVotes(node);
      }
      clean = requeue(node, control);
    }
    long taken = budget - control.pagesLeft();
    if (shares != null) {
      shares.charge(writeback, taken, writeback.weight());
    }
    work.wrote(taken);
    return Math.max(0, taken - control.pagesSkipped()) + (clean ? 1 : 0);
  }

  /** Asks for the inode to change hands if another group's pages have won ({@code wbc_detach}). */
  private void countVotes(InodeNode node) {
    Cgroup winner = node.endVote();
    if (winner != null) {
      BdiWriteback target = writeback.device().nearest(winner);
      if (target != node.writeback) {
        layer.controlGroups().switcher().ask(node, target);
      }
    }
  }

  /**
   * Decides where a written inode goes ({@code requeue_inode}) and lets others at it.
   *
   * @return whether it is clean
   */
  private boolean requeue(InodeNode node, WritebackControl control) {
    AddressSpace mapping = node.mapping();
    boolean pagesLeft = mapping != null && mapping.dirtyPages() > 0;
    BdiWriteback owner = node.lockWriteback();
    boolean clean = (node.flags & InodeNode.DIRTY_ALL) == 0 && !pagesLeft;
    try {
      place(node, owner.inodes(), control, pagesLeft);
      node.syncing = false;
    } finally {
      owner.inodes().unlock();
    }
    owner.device().inodeWritten();
    return clean;
  }

  private void place(
      InodeNode node, DirtyInodes owner, WritebackControl control, boolean pagesLeft) {
    if (node.freeing) {
      owner.remove(node);
      return;
    }
    if (pagesLeft) {
      node.flags |= Inode.DIRTY_PAGES;
    }
    boolean dirty = (node.flags & InodeNode.DIRTY) != 0;
    if (dirty && work.isIntegrity()) {
      // Dirtied again while it was written: not this work's business any more.
      owner.stamp(node);
    }
    if (control.pagesSkipped() > 0) {
      placeSkipped(node, owner);
    } else if (pagesLeft) {
      boolean interrupted = control.pagesLeft() <= 0 || control.stopped();
      if (interrupted && isWithin(node)) {
        owner.requeue(node);
      } else {
        owner.redirty(node);
      }
    } else if (dirty) {
      owner.redirty(node);
    } else if (node.flags != 0) {
      owner.stamp(node);
      owner.move(node, owner.dirtyTime);
    } else {
      owner.remove(node);
    }
  }

  private static void placeSkipped(InodeNode node, DirtyInodes owner) {
    if (node.flags != 0) {
      owner.redirty(node);
    } else {
      owner.remove(node);
    }
  }

  private boolean isWithin(InodeNode node) {
    return node.dirtiedWhen <= olderThan && (work.givesWay() || node.dirtiedOrder <= lastDirtying);
  }

  /**
   * Nothing could be written: waits for one inode that somebody else writes.
   *
   * @return false when there is none, so that the work is done
   */
  private boolean waitForOthers() {
    inodes.lock();
    InodeNode node = inodes.moreIo.oldest();
    inodes.unlock();
    if (node == null) {
      return false;
    }
    writeback.trace(Tracepoints.WRITEBACK_WAIT, work);
    awaitWritten(node);
    return true;
  }

  /** Waits for whoever writes the inode; meanwhile nobody waits for this flusher's share. */
  private void awaitWritten(InodeNode node) {
    if (shares != null) {
      shares.end(writeback);
    }
    try {
      writeback.device().awaitWritten(node);
    } finally {
      if (shares != null) {
        shares.begin(writeback);
      }
    }
  }

  private void traceRequeue(InodeNode node) {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.WRITEBACK_SB_INODES_REQUEUE,
          writeback.device().name(),
          node.inode.number(),
          node.flags,
          node.dirtiedWhen,
          writeback.cgroup().path());
    }
  }
}
