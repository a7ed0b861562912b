package dev.sekiso.filesystems.block;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;
import java.lang.foreign.MemorySegment;

/**
 * One block of a device in memory, up to date: a slice of a folio of the device's own page cache,
 * which stays there while this is held: it is neither reclaimed nor invalidated (the kernel's
 * {@code buffer_head}).
 *
 * <p>Several tasks may hold buffers of one block; they see the same memory. Who may change which
 * bytes is the file system's business. After a change {@link #markDirty()} must follow; it only
 * marks this block, so neighbours in the same page never get written on its account.
 */
public final class Buffer implements AutoCloseable {

  private final BufferCache cache;
  private final Folio folio;
  private final long block;
  private final int offset;
  private final MemorySegment data;
  private final BlockStates states;
  private boolean closed;

  /**
   * @param states of the folio, in which this buffer is {@linkplain BlockStates#hold held} already
   */
  Buffer(BufferCache cache, Folio folio, BlockStates states, long block, int offset) {
    this.states = states;
    this.cache = cache;
    this.folio = folio;
    this.block = block;
    this.offset = offset;
    int size = cache.blockSize();
    this.data = size == folio.size() ? folio.data() : folio.data().asSlice(offset, size);
  }

  /** The block's number on the device, in the cache's block size. */
  public long block() {
    return block;
  }

  /** The block's memory. Valid until {@link #close}. */
  public MemorySegment data() {
    return data;
  }

  /** The block has changed and must be written some time ({@code mark_buffer_dirty}). */
  public void markDirty() {
    cache.markDirty(folio, offset);
  }

  /**
   * As {@link #markDirty()}, and it belongs to a file: syncing the file writes it, and the file
   * hears when writing it fails ({@code mark_buffer_dirty_inode}).
   */
  public void markDirty(AssociatedBuffers owner) {
    owner.add(block);
    cache.markDirty(folio, offset, owner.errors());
  }

  /** Writes the block if it is dirty and waits ({@code sync_dirty_buffer}). */
  public void write() throws ErrnoException {
    cache.write(new long[] {block});
  }

  /** Gives the reference back. Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      states.letGo();
      folio.put();
    }
  }
}
