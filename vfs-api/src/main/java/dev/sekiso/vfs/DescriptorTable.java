package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * File descriptors: small numbers for open files (the kernel's {@code files_struct}). A convenience
 * for programs that think in descriptors; the {@link Vfs} itself takes open files.
 *
 * <p>Guarded by its monitor, which is not held while a file is opened or closed. Each descriptor
 * holds one reference on its open file. A number that is used and has no file yet is that of an
 * {@link #open} under way.
 */
public final class DescriptorTable {

  /** Descriptors a task can have whatever its limit says ({@code fs.nr_open}). */
  private static final int MAXIMUM = 1 << 20;

  private final Vfs vfs;
  private final List<OpenFile> files = new ArrayList<>();
  private final BitSet used = new BitSet();

  public DescriptorTable(Vfs vfs) {
    this.vfs = vfs;
  }

  /**
   * Gives an open file the lowest free number ({@code alloc_fd}); takes over the caller's
   * reference.
   *
   * @throws ErrnoException EMFILE at the task's limit of open files; the reference stays the
   *     caller's
   */
  public synchronized int install(OpenFile file) throws ErrnoException {
    int descriptor = reserve();
    files.set(descriptor, file);
    return descriptor;
  }

  /** Takes the lowest free number ({@code get_unused_fd_flags}). */
  private synchronized int reserve() throws ErrnoException {
    int descriptor = used.nextClearBit(0);
    checkLimit(descriptor, Errno.EMFILE);
    put(descriptor, null);
    return descriptor;
  }

  private synchronized void fulfil(int descriptor, OpenFile file) {
    files.set(descriptor, file);
  }

  private synchronized void giveUp(int descriptor) {
    used.clear(descriptor);
  }

  private static void checkLimit(int descriptor, Errno errno) throws ErrnoException {
    long limit = Math.min(MAXIMUM, TaskContext.current().limits().openFiles());
    if (descriptor < 0 || descriptor >= limit) {
      throw new ErrnoException(
          errno,
          "descriptor %d is not below the task's limit of open files (RLIMIT_NOFILE), %d"
              .formatted(descriptor, limit));
    }
  }

  private void put(int descriptor, OpenFile file) {
    while (files.size() <= descriptor) {
      files.add(null);
    }
    files.set(descriptor, file);
    used.set(descriptor);
  }

  /**
   * Opens a file and gives it the lowest free number. Without one, no file is made or emptied.
   *
   * @throws ErrnoException EMFILE at the task's limit of open files; what {@link Vfs#open} fails
   *     with
   */
  public int open(String path, int mode, OpenFlag... flags) throws ErrnoException {
    int descriptor = reserve();
    boolean open = false;
    try {
      fulfil(descriptor, vfs.open(path, mode, flags));
      open = true;
      return descriptor;
    } finally {
      if (!open) {
        giveUp(descriptor);
      }
    }
  }

  /**
   * The open file of a descriptor, without a reference of its own.
   *
   * @throws ErrnoException EBADF
   */
  public synchronized OpenFile get(int descriptor) throws ErrnoException {
    if (!isOpen(descriptor)) {
      throw new ErrnoException(Errno.EBADF, "descriptor " + descriptor + " is not open");
    }
    return files.get(descriptor);
  }

  private boolean isOpen(int descriptor) {
    return descriptor >= 0 && used.get(descriptor) && files.get(descriptor) != null;
  }

  /** Another number, the lowest free, for the same open file. */
  public synchronized int duplicate(int descriptor) throws ErrnoException {
    int number = used.nextClearBit(0);
    OpenFile file = get(descriptor);
    checkLimit(number, Errno.EMFILE);
    put(number, vfs.duplicate(file));
    return number;
  }

  /**
   * Makes a number stand for the open file of another ({@code dup2}); what it stood for is closed,
   * an error of that is not told. The same number twice changes nothing.
   *
   * @throws ErrnoException EBADF for what is not open, and for a number beyond the limit; EBUSY for
   *     the number of an {@link #open} under way
   */
  public int duplicate(int descriptor, int as) throws ErrnoException {
    OpenFile before;
    synchronized (this) {
      OpenFile file = get(descriptor);
      if (descriptor == as) {
        return as;
      }
      checkLimit(as, Errno.EBADF);
      if (used.get(as) && !isOpen(as)) {
        throw new ErrnoException(Errno.EBUSY, "descriptor " + as + " is just being opened");
      }
      before = used.get(as) ? files.get(as) : null;
      put(as, vfs.duplicate(file));
    }
    if (before != null) {
      try {
        vfs.close(before);
      } catch (ErrnoException ignored) {
        return as;
      }
    }
    return as;
  }

  /** Gives a number up and closes what it stood for; the number is free even when that fails. */
  public void close(int descriptor) throws ErrnoException {
    OpenFile file;
    synchronized (this) {
      file = get(descriptor);
      files.set(descriptor, null);
      used.clear(descriptor);
    }
    vfs.close(file);
  }

  /** Closes everything, as a program's end does; tells of the first error after the last close. */
  public void closeAll() throws ErrnoException {
    ErrnoException failure = null;
    for (int descriptor : openDescriptors()) {
      try {
        close(descriptor);
      } catch (ErrnoException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** The numbers in use, rising. */
  public synchronized int[] openDescriptors() {
    return used.stream().filter(this::isOpen).toArray();
  }
}
