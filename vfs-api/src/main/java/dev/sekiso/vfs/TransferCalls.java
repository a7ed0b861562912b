package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * The system calls that move data between an open file and memory, and the same for arrays and
 * buffers.
 */
public sealed interface TransferCalls permits Vfs {

  /**
   * {@code read(2)} at the file's position.
   *
   * @return bytes read, 0 at the end of the file
   */
  int read(OpenFile file, MemorySegment destination) throws ErrnoException;

  /** {@code pread(2)}: the file's position stays. */
  int pread(OpenFile file, MemorySegment destination, long position) throws ErrnoException;

  /**
   * {@code write(2)} at the file's position, or its end.
   *
   * @return bytes written; fewer than given at a limit or when the device is full
   */
  int write(OpenFile file, MemorySegment source) throws ErrnoException;

  /** {@code pwrite(2)}: the file's position stays. With {@link OpenFlag#APPEND} it appends. */
  int pwrite(OpenFile file, MemorySegment source, long position) throws ErrnoException;

  /**
   * {@code preadv2(2)}.
   *
   * @param destinations at most 1024
   * @param position −1 for the file's own
   * @param flags of {@link TransferFlags}
   */
  int preadv2(OpenFile file, MemorySegment[] destinations, long position, int flags)
      throws ErrnoException;

  /**
   * {@code pwritev2(2)}.
   *
   * @param sources at most 1024
   * @param position −1 for the file's own
   * @param flags of {@link TransferFlags}
   */
  int pwritev2(OpenFile file, MemorySegment[] sources, long position, int flags)
      throws ErrnoException;

  // In other words

  /** Reads into an array. */
  default int read(OpenFile file, byte[] destination) throws ErrnoException {
    return read(file, MemorySegment.ofArray(destination));
  }

  /** Writes an array. */
  default int write(OpenFile file, byte[] source) throws ErrnoException {
    return write(file, MemorySegment.ofArray(source));
  }

  /** Reads into an array; the file's position stays. */
  default int pread(OpenFile file, byte[] destination, long position) throws ErrnoException {
    return pread(file, MemorySegment.ofArray(destination), position);
  }

  /** Writes an array; the file's position stays. */
  default int pwrite(OpenFile file, byte[] source, long position) throws ErrnoException {
    return pwrite(file, MemorySegment.ofArray(source), position);
  }

  /** Reads into what remains of a buffer and moves its position. */
  default int read(OpenFile file, ByteBuffer destination) throws ErrnoException {
    int count = read(file, MemorySegment.ofBuffer(destination));
    destination.position(destination.position() + count);
    return count;
  }

  /** Writes what remains in a buffer and moves its position. */
  default int write(OpenFile file, ByteBuffer source) throws ErrnoException {
    int count = write(file, MemorySegment.ofBuffer(source));
    source.position(source.position() + count);
    return count;
  }

  /** {@code readv(2)}. */
  default int readv(OpenFile file, MemorySegment... destinations) throws ErrnoException {
    return preadv2(file, destinations, -1, 0);
  }

  /** {@code writev(2)}: no other write comes between the segments. */
  default int writev(OpenFile file, MemorySegment... sources) throws ErrnoException {
    return pwritev2(file, sources, -1, 0);
  }
}
