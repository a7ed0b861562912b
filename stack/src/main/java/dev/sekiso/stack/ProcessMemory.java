package dev.sekiso.stack;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.pagecache.MemoryMap;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.vfs.FileMapping;
import dev.sekiso.vfs.Mappable;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.Sharing;
import dev.sekiso.vfs.Vfs;

/**
 * The memory of one process on a stack: where open files of the VFS are mapped into a {@link
 * MemoryMap} of the page cache. Made by {@link StorageStack#newMemory}; any number of tasks may
 * share it. Files that are mapped stay open, and their file systems mounted, until they are
 * unmapped or the memory is closed.
 *
 * <pre>{@code
 * try (ProcessMemory memory = stack.newMemory()) {
 *   OpenFile file = stack.vfs().open("/table", OpenFlag.READ_WRITE);
 *   MemoryMapping m = memory.mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
 *   stack.vfs().close(file);
 *   m.setLong(8, m.getLong(0) + 1);
 *   m.sync(MS_SYNC);
 * }
 * }</pre>
 */
public final class ProcessMemory implements AutoCloseable {

  private final Vfs vfs;
  private final MemoryMap map;

  ProcessMemory(Vfs vfs, MemoryMap map) {
    this.vfs = vfs;
    this.map = map;
  }

  /** All other calls: {@code munmap}, {@code mprotect}, {@code madvise}, {@code msync}, … */
  public MemoryMap map() {
    return map;
  }

  /**
   * {@code mmap(2)} of an open file. {@code /dev/zero} gives memory of the process's own.
   *
   * @param flags of {@link MapFlags}; with {@code MAP_ANONYMOUS} the file is ignored
   * @throws ErrnoException what {@link Vfs#mmap} and {@link MemoryMap#mmap} say
   */
  public MemoryMapping mmap(
      long address, long length, int protection, int flags, OpenFile file, long offset)
      throws ErrnoException {
    if ((flags & MapFlags.MAP_ANONYMOUS) != 0) {
      return map.mmap(address, length, protection, flags);
    }
    FileMapping mapping = vfs.mmap(file, offset, length, protection, sharing(flags));
    try {
      return map(address, length, protection, flags, mapping, offset);
    } finally {
      mapping.release();
    }
  }

  /** {@code mmap(2)} of memory without a file. */
  public MemoryMapping mmap(long address, long length, int protection, int flags)
      throws ErrnoException {
    return map.mmap(address, length, protection, flags);
  }

  private static Sharing sharing(int flags) throws ErrnoException {
    return switch (flags & MapFlags.MAP_TYPE) {
      case MapFlags.MAP_SHARED, MapFlags.MAP_SHARED_VALIDATE -> Sharing.SHARED;
      case MapFlags.MAP_PRIVATE -> Sharing.PRIVATE;
      default ->
          throw new ErrnoException(
              Errno.EINVAL, "mmap flags 0x%x: neither shared nor private".formatted(flags));
    };
  }

  private MemoryMapping map(
      long address, long length, int protection, int flags, FileMapping mapping, long offset)
      throws ErrnoException {
    Mappable content = mapping.content();
    if (content == Mappable.ZEROES) {
      return map.mmap(address, length, protection, flags);
    }
    if (content instanceof PagedFileOperations.Opened opened) {
      return map.mmap(
          address, length, protection, flags, new OpenMappedFile(mapping, opened), offset);
    }
    throw new ErrnoException(
        Errno.ENODEV, mapping + " gives something to be mapped that this stack does not know");
  }

  /** The end of the process: everything is unmapped. */
  @Override
  public void close() {
    map.close();
  }
}
