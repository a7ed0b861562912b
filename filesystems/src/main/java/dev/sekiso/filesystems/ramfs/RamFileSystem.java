package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.SuperBlock;

/**
 * A file system whose files are pages of the page cache and nothing else ({@code fs/ramfs}).
 * Options: {@code size=}, {@code nr_inodes=}, {@code mode=}, {@code uid=}, {@code gid=}. Each mount
 * makes a new, empty one.
 */
public final class RamFileSystem implements FileSystemType {

  private final PageCache pageCache;

  /**
   * @param pageCache where the files live
   */
  public RamFileSystem(PageCache pageCache) {
    this.pageCache = pageCache;
  }

  @Override
  public String name() {
    return "ramfs";
  }

  @Override
  public boolean requiresDevice() {
    return false;
  }

  @Override
  public SuperBlock mount(MountRequest request) throws ErrnoException {
    RamOptions options = RamOptions.parse(request.options());
    return new RamVolume(this, request, options, pageCache).superBlock();
  }
}
