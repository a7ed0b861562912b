package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.Advice;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.ReadaheadState;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.Mappable;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.Sharing;
import java.lang.foreign.MemorySegment;

/**
 * Files whose data is in the page cache (the kernel's {@code generic_file_read_iter} and its
 * companions). The open file's attachment is {@link Opened}.
 */
public abstract class PagedFileOperations implements FileOperations {

  private static final int WAIT_BEFORE = 1;
  private static final int WRITE = 2;
  private static final int WAIT_AFTER = 4;

  /**
   * What an open file reads and writes.
   *
   * @param owner whose pages: the inode itself or, for a device file, the device's
   */
  public record Opened(AddressSpaceOwner owner, ReadaheadState readahead) implements Mappable {}

  /** The owner of the pages of the file that is open. */
  protected static AddressSpaceOwner owner(OpenFile file) {
    return ((Opened) file.attachment()).owner();
  }

  /** The pages of the file that is open. */
  protected static AddressSpace mapping(OpenFile file) {
    return owner(file).addressSpace();
  }

  protected static ReadaheadState readahead(OpenFile file) {
    return ((Opened) file.attachment()).readahead();
  }

  @Override
  public void open(OpenFile file) throws ErrnoException {
    attach(file, (AddressSpaceOwner) file.inode());
  }

  protected final void attach(OpenFile file, AddressSpaceOwner owner) {
    file.setAttachment(new Opened(owner, newReadahead(owner)));
  }

  /** Readahead of a file that is being opened ({@code file_ra_state_init}); none by default. */
  protected ReadaheadState newReadahead(AddressSpaceOwner owner) {
    return new ReadaheadState(0);
  }

  /** Readahead as a device has it now: its {@code read_ahead_kb} and its {@code max_sectors_kb}. */
  protected static ReadaheadState readaheadOf(BlockDevice device) {
    QueueLimits limits = device.limits();
    long preferred = (long) limits.maxSectors() << Bio.SECTOR_SHIFT;
    return new ReadaheadState(
        limits.readaheadBytes() >> PageCache.PAGE_SHIFT, (int) (preferred >> PageCache.PAGE_SHIFT));
  }

  @Override
  public int read(OpenFile file, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    AddressSpace mapping = mapping(file);
    if ((flags & DIRECT) != 0) {
      return mapping.readDirectly(position, destination, flags & NO_WAIT);
    }
    return mapping.read(readahead(file), position, destination, flags & NO_WAIT);
  }

  @Override
  public int write(OpenFile file, long position, MemorySegment source, int flags)
      throws ErrnoException {
    AddressSpace mapping = mapping(file);
    if ((flags & DIRECT) != 0) {
      return mapping.writeDirectly(position, source, flags & NO_WAIT);
    }
    return mapping.write(position, source, flags & NO_WAIT);
  }

  @Override
  public void syncRange(OpenFile file, long firstByte, long lastByte, int flags)
      throws ErrnoException {
    AddressSpace mapping = mapping(file);
    long firstPage = firstByte >> PageCache.PAGE_SHIFT;
    long lastPage = lastByte >> PageCache.PAGE_SHIFT;
    if ((flags & WAIT_BEFORE) != 0) {
      mapping.waitForWriteback(firstPage, lastPage);
    }
    if ((flags & WRITE) != 0) {
      boolean insists = (flags & (WAIT_BEFORE | WAIT_AFTER)) == (WAIT_BEFORE | WAIT_AFTER);
      mapping.writePages(
          insists
              ? WritebackControl.integrity(firstByte, lastByte)
              : WritebackControl.start(firstByte, lastByte));
    }
    if ((flags & WAIT_AFTER) != 0) {
      mapping.waitForWriteback(firstPage, lastPage);
    }
  }

  @Override
  public void advise(OpenFile file, long offset, long length, int advice) throws ErrnoException {
    Advice[] known = Advice.values();
    if (advice < 0 || advice >= known.length) {
      throw new ErrnoException(
          Errno.EINVAL, "posix_fadvise knows the advices 0 to 5, not " + advice);
    }
    mapping(file).advise(readahead(file), offset, length, known[advice]);
  }

  @Override
  public void readAhead(OpenFile file, long offset, long length) throws ErrnoException {
    mapping(file).readAhead(readahead(file), offset, length);
  }

  /** The pages themselves are what a mapping shows, and the open file's readahead goes along. */
  @Override
  public Mappable mmap(OpenFile file, Sharing sharing) throws ErrnoException {
    return (Opened) file.attachment();
  }

  @Override
  public Errseq errors(OpenFile file) {
    return mapping(file).errors();
  }
}
