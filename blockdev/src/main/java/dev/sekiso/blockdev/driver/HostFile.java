package dev.sekiso.blockdev.driver;

import com.sun.nio.file.ExtendedOpenOption;
import dev.sekiso.blockdev.Bio;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One open channel to a file of the host that serves as a device: through the host's page cache, or
 * past it ({@code O_DIRECT}), which asks for whole blocks of the host's file system.
 */
final class HostFile implements Closeable {

  /** {@code IOV_MAX} of Linux: pieces in one vectored call. */
  static final int MOST_PIECES = 1024;

  private final Path path;
  private final FileDriver.Access access;
  private final FileChannel channel;
  private final long sectors;

  /** Bytes that place, length and memory of a transfer must be multiples of. */
  private final int granule;

  private HostFile(
      Path path, FileDriver.Access access, FileChannel channel, long sectors, int granule) {
    this.path = path;
    this.access = access;
    this.channel = channel;
    this.sectors = sectors;
    this.granule = granule;
  }

  static HostFile open(Path path, FileDriver.Access access) throws ErrnoException {
    return sized(path, access, openChannel(path, access, Set.of()));
  }

  static HostFile create(Path path, long bytes) throws ErrnoException {
    if (bytes <= 0 || bytes % Bio.SECTOR_SIZE != 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          path + ": a device of " + bytes + " bytes; the size must be a multiple of 512");
    }
    FileDriver.Access access = FileDriver.Access.READ_WRITE;
    FileChannel channel = openChannel(path, access, Set.of(StandardOpenOption.CREATE_NEW));
    try {
      channel.write(ByteBuffer.allocate(1), bytes - 1);
    } catch (IOException e) {
      closeAfter(channel, e);
      throw new ErrnoException(errno(e), path + ": cannot be made " + bytes + " bytes long", e);
    }
    return sized(path, access, channel);
  }

  /** Another channel to the same file, through the host's page cache. */
  HostFile again() throws ErrnoException {
    return new HostFile(path, access, openChannel(path, access, Set.of()), sectors, 1);
  }

  /**
   * A channel to the same file past the host's page cache.
   *
   * @throws IOException when the host has no such way to this file
   */
  HostFile direct() throws IOException {
    long block = Files.getFileStore(path).getBlockSize();
    if (Long.bitCount(block) != 1 || block > Integer.MAX_VALUE) {
      throw new IOException(path + " lies in blocks of " + block + " bytes");
    }
    try {
      Set<OpenOption> past = Set.of(ExtendedOpenOption.DIRECT);
      return new HostFile(path, access, openChannel(path, access, past), sectors, (int) block);
    } catch (UnsupportedOperationException e) {
      throw new IOException(path + " cannot be reached past the host's page cache", e);
    }
  }

  /** Whether a transfer may go through this channel. */
  boolean takes(long position, List<MemorySegment> pieces) {
    if (granule == 1) {
      return true;
    }
    long all = position;
    for (MemorySegment piece : pieces) {
      all |= piece.byteSize() | piece.address();
    }
    return (all & (granule - 1)) == 0;
  }

  private static HostFile sized(Path path, FileDriver.Access access, FileChannel channel)
      throws ErrnoException {
    try {
      long bytes = channel.size();
      if (bytes == 0 && !Files.isRegularFile(path)) {
        bytes = endOf(channel);
      }
      if (bytes == 0 || bytes % Bio.SECTOR_SIZE != 0) {
        throw new ErrnoException(
            Errno.EINVAL,
            path
                + " has "
                + bytes
                + " bytes: a device is a multiple of 512 and not empty; extend it with"
                + " truncate(1)");
      }
      return new HostFile(path, access, channel, bytes >> Bio.SECTOR_SHIFT, 1);
    } catch (ErrnoException e) {
      closeAfter(channel, e);
      throw e;
    } catch (IOException e) {
      closeAfter(channel, e);
      throw new ErrnoException(errno(e), path + ": its size cannot be read", e);
    }
  }

  /** The size of a block device, which has none of its own: where reading ends, by bisection. */
  private static long endOf(FileChannel channel) {
    ByteBuffer probe = ByteBuffer.allocateDirect(Bio.SECTOR_SIZE);
    long low = 0;
    long high = Long.MAX_VALUE >> Bio.SECTOR_SHIFT;
    while (low < high) {
      long middle = low + (high - low) / 2;
      probe.clear();
      boolean there;
      try {
        there = channel.read(probe, middle << Bio.SECTOR_SHIFT) > 0;
      } catch (IOException e) {
        // Beyond what the device can address at all.
        there = false;
      }
      if (there) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low << Bio.SECTOR_SHIFT;
  }

  private static FileChannel openChannel(Path path, FileDriver.Access access, Set<OpenOption> more)
      throws ErrnoException {
    if (Files.isDirectory(path)) {
      throw new ErrnoException(Errno.EISDIR, path + " is a directory, not a disk image");
    }
    Set<OpenOption> how = new HashSet<>(more);
    how.add(StandardOpenOption.READ);
    if (access == FileDriver.Access.READ_WRITE) {
      how.add(StandardOpenOption.WRITE);
    }
    try {
      return FileChannel.open(path, how);
    } catch (NoSuchFileException e) {
      throw new ErrnoException(Errno.ENOENT, path + " does not exist; create it with a size", e);
    } catch (FileAlreadyExistsException e) {
      throw new ErrnoException(Errno.EEXIST, path + " exists already; open it as it is", e);
    } catch (AccessDeniedException e) {
      throw new ErrnoException(Errno.EACCES, path + " may not be opened for " + access, e);
    } catch (IOException e) {
      throw new ErrnoException(errno(e), path + " cannot be opened", e);
    }
  }

  private static void closeAfter(FileChannel channel, Exception reason) {
    try {
      channel.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  long sectors() {
    return sectors;
  }

  /**
   * Fills all pieces.
   *
   * @param alone whether nobody else uses this channel, so that its position can be
   */
  void read(long position, List<MemorySegment> pieces, boolean alone) throws IOException {
    ByteBuffer[] buffers = buffers(pieces);
    long at = position;
    for (int from = 0; from < buffers.length; from = skipDone(buffers, from)) {
      long done;
      if (!alone || buffers.length - from == 1) {
        done = channel.read(buffers[from], at);
      } else {
        channel.position(at);
        done = channel.read(buffers, from, Math.min(buffers.length - from, MOST_PIECES));
      }
      at += Math.max(0, done);
      if (done < 0 || (at & (granule - 1)) != 0) {
        throw new IOException("the file ends at byte " + at + ": somebody cut it short");
      }
    }
  }

  /** Writes all pieces; see {@link #read}. */
  void write(long position, List<MemorySegment> pieces, boolean alone) throws IOException {
    ByteBuffer[] buffers = buffers(pieces);
    long at = position;
    for (int from = 0; from < buffers.length; from = skipDone(buffers, from)) {
      if (!alone || buffers.length - from == 1) {
        at += channel.write(buffers[from], at);
      } else {
        channel.position(at);
        at += channel.write(buffers, from, Math.min(buffers.length - from, MOST_PIECES));
      }
    }
  }

  void force() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static int skipDone(ByteBuffer[] buffers, int from) {
    int next = from;
    while (next < buffers.length && !buffers[next].hasRemaining()) {
      next++;
    }
    return next;
  }

  private static ByteBuffer[] buffers(List<MemorySegment> pieces) {
    ByteBuffer[] buffers = new ByteBuffer[pieces.size()];
    Arrays.setAll(buffers, i -> pieces.get(i).asByteBuffer());
    return buffers;
  }

  /** The Java library tells a full file system only in words. */
  static Errno errno(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
    if (message.contains("no space left") || message.contains("quota exceeded")) {
      return Errno.ENOSPC;
    }
    return message.contains("read-only file system") ? Errno.EROFS : Errno.EIO;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
