package dev.sekiso.filesystems.memory;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.DeviceFiles;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.Mappable;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.Sharing;
import java.lang.foreign.MemorySegment;

/**
 * The character devices of major number 1 that hold nothing ({@code drivers/char/mem.c}).
 *
 * @param others who answers for all other devices
 */
public record MemoryDevices(DeviceFiles others) implements DeviceFiles {

  /** {@code mknod c 1 3}. */
  public static final long NULL = 1 << 8 | 3;

  /** {@code mknod c 1 5}. */
  public static final long ZERO = 1 << 8 | 5;

  /** {@code mknod c 1 7}. */
  public static final long FULL = 1 << 8 | 7;

  @Override
  public FileOperations operations(Inode inode) throws ErrnoException {
    if (inode.type() != FileType.CHARACTER_DEVICE) {
      return others.operations(inode);
    }
    long device = inode.specialDevice();
    if (device == NULL) {
      return Files.NULL;
    }
    if (device == ZERO) {
      return Files.ZERO;
    }
    return device == FULL ? Files.FULL : others.operations(inode);
  }

  /** What the open files do. */
  private enum Files implements FileOperations {
    /** Reads as empty, swallows everything. */
    NULL {
      @Override
      public int read(OpenFile file, long position, MemorySegment destination, int flags) {
        return 0;
      }
    },
    /** Reads as zeroes without end, swallows everything, maps as memory. */
    ZERO {
      @Override
      public Mappable mmap(OpenFile file, Sharing sharing) {
        return Mappable.ZEROES;
      }
    },
    /** Reads as zeroes without end, and has no room. */
    FULL {
      @Override
      public int write(OpenFile file, long position, MemorySegment source, int flags)
          throws ErrnoException {
        throw new ErrnoException(Errno.ENOSPC, file + " is always full");
      }
    };

    @Override
    public boolean supportsDirect(OpenFile file) {
      return false;
    }

    @Override
    public int read(OpenFile file, long position, MemorySegment destination, int flags) {
      destination.fill((byte) 0);
      return (int) destination.byteSize();
    }

    @Override
    public int write(OpenFile file, long position, MemorySegment source, int flags)
        throws ErrnoException {
      return (int) source.byteSize();
    }
  }
}
