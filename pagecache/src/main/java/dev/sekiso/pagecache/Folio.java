package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import java.lang.foreign.MemorySegment;

/** Contract sketch; the page cache's author makes it real. */
public abstract class Folio {

  /** Index in the file of its first page. */
  public abstract long index();

  /** log2 of its pages. */
  public abstract int order();

  public abstract AddressSpace mapping();

  /** Bytes: 4096 shifted by the order. */
  public final int size() {
    return PageCache.PAGE_SIZE << order();
  }

  /** Byte position in the file of its first byte. */
  public final long position() {
    return index() << PageCache.PAGE_SHIFT;
  }

  /** Its memory, aligned to its size at least to 4096 bytes. A new view at each call. */
  public abstract MemorySegment data();

  /** Takes another reference for a caller that holds one. */
  public abstract void get();

  /** Gives a reference back. */
  public abstract void put();

  public abstract void lock();

  public abstract boolean tryLock();

  public abstract void unlock();

  public abstract boolean isLocked();

  public abstract boolean isUpToDate();

  public abstract void markUpToDate();

  public abstract boolean isDirty();

  /** Marks dirty, in the flags, the index mark and the accounts; true if it was clean. */
  public abstract boolean markDirty();

  public abstract boolean isWriteback();

  /** The folio (locked, dirty flag cleared) goes under writeback. */
  public abstract void startWriteback();

  /** Writeback has ended: null, or the error, which goes to the mapping's error sequence. */
  public abstract void endWriteback(Errno error);

  /** Reading has ended: null makes it up to date, an error does not; unlocks it. */
  public abstract void endRead(Errno error);

  public abstract void waitForWriteback();

  /** A file system's note on this folio (block state of partial pages); null when none. */
  public abstract Object fileSystemData();

  public abstract void setFileSystemData(Object data);
}
