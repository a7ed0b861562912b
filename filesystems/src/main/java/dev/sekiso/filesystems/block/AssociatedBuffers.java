package dev.sekiso.filesystems.block;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import java.util.TreeSet;

/**
 * The metadata blocks that a file's own blocks hang from and that have changed since it was last
 * synced (the kernel's {@code mapping->i_private_list}). Thread-safe.
 */
public final class AssociatedBuffers {

  private final Errseq errors;
  private final TreeSet<Long> blocks = new TreeSet<>();

  /**
   * @param errors the file's error sequence, told when writing one of the blocks fails
   */
  public AssociatedBuffers(Errseq errors) {
    this.errors = errors;
  }

  Errseq errors() {
    return errors;
  }

  synchronized void add(long block) {
    blocks.add(block);
  }

  /** The block is no longer the file's. */
  public synchronized void remove(long block) {
    blocks.remove(block);
  }

  /** Whether any block waits to be written. */
  public synchronized boolean isEmpty() {
    return blocks.isEmpty();
  }

  /** Writes them all and waits ({@code sync_mapping_buffers}). On an error they stay associated. */
  public void write(BufferCache cache) throws ErrnoException {
    long[] taken;
    synchronized (this) {
      taken = blocks.stream().mapToLong(Long::longValue).toArray();
      blocks.clear();
    }
    if (taken.length == 0) {
      return;
    }
    try {
      cache.write(taken);
    } catch (ErrnoException e) {
      synchronized (this) {
        for (long block : taken) {
          blocks.add(block);
        }
      }
      throw e;
    }
  }
}
