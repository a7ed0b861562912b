package dev.sekiso.writeback;

import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.List;

/**
 * One order to a flusher (the kernel's {@code struct wb_writeback_work}): what to write, how much,
 * and who waits for it. Belongs to whoever executes it.
 */
public final class WritebackWork {

  /** No bound on the pages of a work. */
  static final long ALL_PAGES = Long.MAX_VALUE;

  /** What kind of inodes a work takes, and when it stops. */
  enum Kind {
    /** Everything dirty when it begins; not interrupted. */
    ALL,
    /** As ALL, and of each inode only the pages dirty when its turn comes ({@code tagged}). */
    START,
    /** Some pages of whatever is dirty, without waiting for others that write: a writer's duty. */
    WRITERS_OWN,
    /** What has been dirty for longer than the expiry; gives way to other work. */
    PERIODIC,
    /** Until the device is below the background threshold; gives way to other work. */
    BACKGROUND,
    /** Everything dirty when it begins, with every page of it: data integrity. */
    INTEGRITY
  }

  private final Kind kind;
  private final WritebackReason reason;
  private final SuperBlock superBlock;
  private final WorkCompletion completion;
  private long pages;
  private boolean withoutWaiting;
  private boolean metCongestion;
  private List<InodeNode> inodes;

  WritebackWork(
      Kind kind,
      WritebackReason reason,
      SuperBlock superBlock,
      long pages,
      WorkCompletion completion) {
    this.kind = kind;
    this.reason = reason;
    this.superBlock = superBlock;
    this.pages = pages;
    this.completion = completion;
  }

  /** What has expired, up to so many pages ({@code for_kupdate}). */
  public static WritebackWork periodic(long pages) {
    return new WritebackWork(
        Kind.PERIODIC, WritebackReason.PERIODIC, null, pages, WorkCompletion.NONE);
  }

  /**
   * Up to so many pages, oldest inodes first, while the device is over its background threshold
   * ({@code for_background}).
   */
  public static WritebackWork background(long pages) {
    return new WritebackWork(
        Kind.BACKGROUND, WritebackReason.BACKGROUND, null, pages, WorkCompletion.NONE);
  }

  /** Up to so many pages of whatever is dirty now. */
  public static WritebackWork everything(long pages, WritebackReason reason) {
    return new WritebackWork(Kind.ALL, reason, null, pages, WorkCompletion.NONE);
  }

  /**
   * Up to so many pages of whatever is dirty now, written by a task that dirties. Does not count as
   * a flusher's writing.
   */
  public static WritebackWork writersOwn(long pages) {
    return new WritebackWork(
        Kind.WRITERS_OWN, WritebackReason.BACKGROUND, null, pages, WorkCompletion.NONE);
  }

  /**
   * The same, but it ends where the device has nearly as many writes as it takes, instead of
   * waiting for room ({@code nonblocking} of Linux 2.6).
   */
  public WritebackWork withoutWaiting() {
    withoutWaiting = true;
    return this;
  }

  /** Whether it ended because the device was congested ({@code encountered_congestion}). */
  public boolean metCongestion() {
    return metCongestion;
  }

  boolean isWithoutWaiting() {
    return withoutWaiting;
  }

  void meetCongestion() {
    metCongestion = true;
  }

  public WritebackReason reason() {
    return reason;
  }

  /** Pages that may still be written. */
  public long pages() {
    return pages;
  }

  Kind kind() {
    return kind;
  }

  SuperBlock superBlock() {
    return superBlock;
  }

  WorkCompletion completion() {
    return completion;
  }

  boolean isIntegrity() {
    return kind == Kind.INTEGRITY;
  }

  boolean isTagged() {
    return kind == Kind.START;
  }

  boolean isWritersOwn() {
    return kind == Kind.WRITERS_OWN;
  }

  /** Whether an inode is written from where its last write ended ({@code range_cyclic}). */
  boolean isCyclic() {
    return !isIntegrity() && !isTagged();
  }

  boolean isPeriodic() {
    return kind == Kind.PERIODIC;
  }

  boolean isBackground() {
    return kind == Kind.BACKGROUND;
  }

  /** Whether queued work comes first. */
  boolean givesWay() {
    return isPeriodic() || isBackground();
  }

  /** Has {@link #rememberedInodes} say afterwards which inodes were written. */
  void rememberInodes() {
    inodes = new ArrayList<>();
  }

  void writing(InodeNode node) {
    if (inodes != null) {
      inodes.add(node);
    }
  }

  /** The inodes written, for who has waited for the work. */
  List<InodeNode> rememberedInodes() {
    return inodes == null ? List.of() : inodes;
  }

  boolean isSpent() {
    return pages <= 0;
  }

  void wrote(long count) {
    if (pages != ALL_PAGES) {
      pages -= count;
    }
  }

  @Override
  public String toString() {
    return "writeback (" + reason + ")" + (superBlock == null ? "" : " of " + superBlock.id());
  }
}
