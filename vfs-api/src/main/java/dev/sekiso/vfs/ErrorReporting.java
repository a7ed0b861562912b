package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Errseq;

/**
 * Who is told that writing back failed, by the age of the kernel. The failure itself is always
 * recorded in the same way, in the {@link Errseq} of the file and of its file system; what differs
 * is who hears of it, and how often.
 *
 * <p>Those who can be told are the callers of {@code fsync}, {@code fdatasync}, {@code msync},
 * {@code sync_file_range} that waits, and of writes that sync themselves; {@code close} never
 * tells.
 */
public enum ErrorReporting {
  /** Each open file once, since Linux 4.13; {@code syncfs} likewise since 5.8. */
  EACH_OPEN_FILE {
    @Override
    Errno ofFile(Errseq errors, Errno unseen) {
      return unseen;
    }

    @Override
    Errno ofFileSystem(Errno unseen) {
      return unseen;
    }
  },

  /**
   * The first who waits, whichever open file it comes by, from 4.4 to 4.12: two flags on the
   * mapping, tested and cleared. Nobody else hears, and after both kinds of error EIO is told.
   * {@code syncfs} tells only of its own failure.
   */
  FIRST_WAITER {
    @Override
    Errno ofFile(Errseq errors, Errno unseen) {
      return errors.takeFlags();
    }

    @Override
    Errno ofFileSystem(Errno unseen) {
      return null;
    }
  },

  /**
   * As {@link #FIRST_WAITER}, and {@code sync} is a waiter, before 4.4: it clears the flags of
   * every inode it writes and tells nobody, so that an {@code fsync} after it succeeds.
   */
  FIRST_WAITER_OR_SYNC {
    @Override
    Errno ofFile(Errseq errors, Errno unseen) {
      return errors.takeFlags();
    }

    @Override
    Errno ofFileSystem(Errno unseen) {
      return null;
    }
  };

  /**
   * What an open file is told of its file.
   *
   * @param unseen the latest error that this open file has not been told of; null for none
   */
  abstract Errno ofFile(Errseq errors, Errno unseen);

  /**
   * What {@code syncfs} on an open file is told of earlier failures anywhere in the file system.
   *
   * @param unseen as in {@link #ofFile}
   */
  abstract Errno ofFileSystem(Errno unseen);

  /**
   * Whether a sync of a whole file system takes the errors of the files it has written, which the
   * writeback layer then does by {@link Errseq#takeFlags}.
   */
  public boolean syncTakesErrors() {
    return this == FIRST_WAITER_OR_SYNC;
  }
}
