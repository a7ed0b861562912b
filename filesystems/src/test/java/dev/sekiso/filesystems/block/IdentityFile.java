package dev.sekiso.filesystems.block;

import dev.sekiso.machine.Errno;
import dev.sekiso.pagecache.PageCache;

/** A file that lies on the device as it is, and whose device is sound. */
final class IdentityFile implements BlockMappedFile {

  private final int blockShift;
  private final int pages;

  IdentityFile(int blockShift, int pages) {
    this.blockShift = blockShift;
    this.pages = pages;
  }

  @Override
  public int blockShift() {
    return blockShift;
  }

  @Override
  public long size() {
    return (long) pages << PageCache.PAGE_SHIFT;
  }

  @Override
  public Extent map(long block, long maximum) {
    return Extent.mapped(block, maximum);
  }

  @Override
  public Extent allocate(long block, long maximum) {
    return Extent.mapped(block, maximum);
  }

  @Override
  public void grown(long newSize) {
    throw new AssertionError("nobody writes past the end");
  }

  @Override
  public void dirtied() {}

  @Override
  public void writebackFailed(Errno error) {
    throw new AssertionError(error + ": the device is sound");
  }
}
