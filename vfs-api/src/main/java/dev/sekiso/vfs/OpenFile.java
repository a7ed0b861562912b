package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.SleepingLock;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file description (the kernel's {@code struct file}): what one {@code open} made, shared
 * by all duplicates of its descriptor.
 *
 * <p>Locking: the position belongs to whoever holds {@link #positionLock} ({@code f_pos_lock}),
 * taken by the calls that use the position and around reading a directory; it comes before the
 * inode's lock. The error cursors are guarded by this object's monitor. Everything else is set
 * before the file is handed out, the attachment by {@link FileOperations#open}.
 *
 * <p>Life: one reference per descriptor and per call that outlives its caller's ({@link
 * Vfs#duplicate}, {@link Vfs#close}). With the last one {@link FileOperations#release} runs and the
 * path is given back.
 */
public final class OpenFile {

  private final Path path;
  private final Inode inode;
  private final FileOperations operations;
  private final boolean readable;
  private final boolean writable;
  private final SleepingLock positionLock;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile int flags;
  private long position;
  private volatile Object attachment;
  private int errorCursor;
  private int superBlockErrorCursor;

  OpenFile(Path path, int flags, FileOperations operations, SleepingLock positionLock) {
    this.path = path;
    this.inode = path.inode();
    this.flags = flags;
    this.operations = operations;
    this.positionLock = positionLock;
    boolean pathOnly = OpenFlag.PATH.isIn(flags);
    int access = flags & OpenFlag.ACCESS_MODE;
    this.readable = !pathOnly && (access == 0 || access == 2);
    this.writable = !pathOnly && (access == 1 || access == 2);
  }

  public Inode inode() {
    return inode;
  }

  /** The mount it was opened through. */
  public Mount mount() {
    return path.mount();
  }

  Path path() {
    return path;
  }

  Dentry dentry() {
    return path.dentry();
  }

  /** Where the contents end, in bytes: the size of the file, or of the device it names. */
  public long end() {
    return operations.end(this);
  }

  FileOperations operations() {
    return operations;
  }

  /** The bits of {@link OpenFlag} it is open with. */
  public int flags() {
    return flags;
  }

  synchronized void changeFlags(int mask, int value) {
    flags = (flags & ~mask) | value;
  }

  public boolean isReadable() {
    return readable;
  }

  public boolean isWritable() {
    return writable;
  }

  /** Whether each write goes to the end. */
  public boolean isAppending() {
    return (flags & OpenFlag.APPEND.bits()) != 0;
  }

  /** Whether it goes past the page cache. */
  public boolean isDirect() {
    return (flags & OpenFlag.DIRECT.bits()) != 0;
  }

  boolean isPathOnly() {
    return (flags & OpenFlag.PATH.bits()) != 0;
  }

  boolean isLarge() {
    return (flags & OpenFlag.LARGE_FILE.bits()) != 0;
  }

  /**
   * Where the next {@code read}, {@code write} or {@code getdents} starts: bytes, or for a
   * directory what its file system makes of it. Exact for the holder of the position's lock.
   */
  public long position() {
    return position;
  }

  void setPosition(long value) {
    position = value;
  }

  SleepingLock positionLock() {
    return positionLock;
  }

  /** What the file system keeps per open file, such as its readahead state. */
  public Object attachment() {
    return attachment;
  }

  public void setAttachment(Object value) {
    attachment = value;
  }

  /** Up to where this open file has been told of writeback errors ({@code f_wb_err}). */
  public synchronized int errorCursor() {
    return errorCursor;
  }

  /** Up to where {@code syncfs} on it has been told of the file system's ({@code f_sb_err}). */
  public synchronized int superBlockErrorCursor() {
    return superBlockErrorCursor;
  }

  /** Starts listening for errors; called once, at open. */
  synchronized void sampleErrors(Errseq file, Errseq superBlock) {
    errorCursor = file.sample();
    superBlockErrorCursor = superBlock.sample();
  }

  /**
   * The file's error that is this one's to be told, or null; it counts as told ({@code
   * file_check_and_advance_wb_err}).
   */
  synchronized Errno takeError(Errseq errors) {
    int before = errorCursor;
    errorCursor = errors.advance(before);
    return reporting().ofFile(errors, Errseq.errnoBetween(before, errorCursor));
  }

  private ErrorReporting reporting() {
    return inode.superBlock().services().settings().errorReporting();
  }

  /** As {@link #takeError}, for the whole file system. */
  synchronized Errno takeSuperBlockError() {
    int before = superBlockErrorCursor;
    superBlockErrorCursor = inode.superBlock().errors().advance(before);
    return reporting().ofFileSystem(Errseq.errnoBetween(before, superBlockErrorCursor));
  }

  /** References held now, 0 once closed. */
  public int references() {
    return references.get();
  }

  boolean tryGet() {
    int count = references.get();
    while (count > 0) {
      int witness = references.compareAndExchange(count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  /** Gives a reference back; true for the last one. */
  boolean putAndTest() {
    int left = references.decrementAndGet();
    if (left < 0) {
      references.incrementAndGet();
      throw new IllegalStateException(this + " was closed more often than opened");
    }
    return left == 0;
  }

  boolean isClosed() {
    return references.get() <= 0;
  }

  @Override
  public String toString() {
    return "open file " + path;
  }
}
