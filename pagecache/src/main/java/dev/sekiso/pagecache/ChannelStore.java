package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pages that live in a plain file of the host: what a buffer manager needs under its {@link
 * AddressSpace}, without a VFS and without block devices.
 *
 * <p>Transfers are synchronous: a window of readahead is read by whoever asked for it, and {@link
 * AddressSpace#writePages} returns when the host has the data. The host's own cache lies below;
 * {@link #force} is what makes written pages durable. The channel stays the caller's to close,
 * after the address space.
 *
 * <p>The size is this object's and grows with what is written, also ahead of the channel's; it is
 * an atomic that only {@link #resize} lowers, which must not run at the same time as writes, as for
 * every address space.
 */
public final class ChannelStore implements AddressSpaceOperations {

  private final FileChannel channel;
  private final AtomicLong size;

  /**
   * Serves the pages of an open channel, starting with what it holds now.
   *
   * @param channel open for reading, and for writing if pages are to be changed
   */
  public ChannelStore(FileChannel channel) throws IOException {
    this.channel = channel;
    this.size = new AtomicLong(channel.size());
  }

  @Override
  public long size() {
    return size.get();
  }

  /**
   * Sets the file's size: pages behind a smaller one are dropped, bytes up to a larger one read as
   * zero.
   *
   * @param pages the address space that this store is under
   * @throws IOException when the host cannot shorten its file; the pages are gone all the same
   */
  public void resize(AddressSpace pages, long newSize) throws IOException {
    if (newSize < 0) {
      throw new IllegalArgumentException("a file cannot have " + newSize + " bytes");
    }
    long before = size.getAndSet(newSize);
    if (newSize < before) {
      pages.truncate(newSize);
      channel.truncate(newSize);
    }
  }

  /** Writes what is dirty, waits, and has the host put it on its device: a checkpoint. */
  public void force(AddressSpace pages) throws IOException {
    pages.writeAndWait(0, Long.MAX_VALUE);
    long wanted = size.get();
    if (channel.size() < wanted) {
      // The size has grown over pages that nobody wrote.
      channel.write(ByteBuffer.allocate(1), wanted - 1);
    }
    channel.force(true);
  }

  @Override
  public void readFolio(Folio folio) {
    folio.endRead(fill(folio));
  }

  /** Reads a folio; what the host's file does not reach is zero. */
  private Errno fill(Folio folio) {
    ByteBuffer memory = folio.data().asByteBuffer();
    try {
      int count = 0;
      while (count >= 0 && memory.hasRemaining()) {
        count = channel.read(memory, folio.position() + memory.position());
      }
    } catch (IOException e) {
      return Errno.EIO;
    }
    folio.data().asSlice(memory.position()).fill((byte) 0);
    return null;
  }

  @Override
  public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
    if (folio.isUpToDate() || length == folio.size()) {
      return;
    }
    Errno error = fill(folio);
    if (error != null) {
      throw new ErrnoException(
          error,
          "page "
              + folio.index()
              + " cannot be read, so part of it cannot be written; write it whole or see to the"
              + " file's device");
    }
    folio.markUpToDate();
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {
    if (!folio.isUpToDate()) {
      if (copied < length) {
        return;
      }
      folio.markUpToDate();
    }
    if (copied == 0) {
      return;
    }
    size.accumulateAndGet(position + copied, Math::max);
    folio.markDirty();
  }

  @Override
  public void writePages(AddressSpace pages, WritebackControl control) throws ErrnoException {
    pages.writeDirty(
        control,
        folio -> {
          folio.startWriteback();
          folio.unlock();
          folio.endWriteback(store(folio));
        });
  }

  private Errno store(Folio folio) {
    long bytes = Math.min(folio.size(), size.get() - folio.position());
    if (bytes <= 0) {
      return null;
    }
    try {
      writeFully(folio.data().asSlice(0, bytes), folio.position());
      return null;
    } catch (IOException e) {
      return Errno.EIO;
    }
  }

  private void writeFully(MemorySegment data, long position) throws IOException {
    ByteBuffer source = data.asByteBuffer();
    while (source.hasRemaining()) {
      channel.write(source, position + source.position());
    }
  }

  @Override
  public int transferDirectly(Transfer direction, long position, MemorySegment memory)
      throws ErrnoException {
    try {
      if (direction == Transfer.WRITE) {
        writeFully(memory, position);
        size.accumulateAndGet(position + memory.byteSize(), Math::max);
        return (int) memory.byteSize();
      }
      int wanted = (int) Math.min(memory.byteSize(), Math.max(0, size.get() - position));
      ByteBuffer target = memory.asSlice(0, wanted).asByteBuffer();
      int count = 0;
      while (count >= 0 && target.hasRemaining()) {
        count = channel.read(target, position + target.position());
      }
      memory.asSlice(target.position(), wanted - target.position()).fill((byte) 0);
      return wanted;
    } catch (IOException e) {
      throw new ErrnoException(
          Errno.EIO, "the file cannot transfer bytes at " + position + ": " + e.getMessage());
    }
  }
}
