package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.vfs.TransferFlags;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.MemorySegment;

/** How a transfer becomes calls of the VFS. */
final class Execution {

  private final Vfs vfs;

  Execution(Vfs vfs) {
    this.vfs = vfs;
  }

  /**
   * Keeps the file open until the transfer has ended, whoever closes it meanwhile.
   *
   * @throws ErrnoException EBADF when it is closed already
   */
  void hold(Transfer transfer) throws ErrnoException {
    vfs.duplicate(transfer.file());
    transfer.holdsFile = true;
  }

  /** Lets go of the file, then tells the listener. */
  void end(Transfer transfer, int bytes, Errno errno) {
    letGo(transfer);
    transfer.end(bytes, errno);
  }

  void letGo(Transfer transfer) {
    if (transfer.holdsFile) {
      transfer.holdsFile = false;
      vfs.release(transfer.file());
    }
  }

  /**
   * Carries out what is left of the transfer, waiting as long as it takes; ends it. What a file
   * system throws that it should not is EIO to the listener, and is passed on.
   */
  void run(Transfer transfer) {
    int bytes;
    try {
      bytes = transfer.context().call(() -> transferred(transfer));
    } catch (ErrnoException e) {
      end(transfer, 0, e.errno());
      return;
    } catch (PowerCut e) {
      throw e;
    } catch (RuntimeException | Error e) {
      end(transfer, 0, Errno.EIO);
      throw e;
    }
    end(transfer, bytes, null);
  }

  /** What an attempt without waiting came to. */
  enum Attempt {
    ENDED,
    WOULD_WAIT
  }

  /**
   * Tries a read without waiting for anything, as {@code RWF_NOWAIT} does. When only the beginning
   * is there, what was read stays and the rest is left to {@link #run}.
   */
  Attempt tryRead(Transfer transfer) {
    MemorySegment[] memory = {transfer.memory()};
    int bytes;
    try {
      bytes = vfs.preadv2(transfer.file(), memory, transfer.position(), TransferFlags.NO_WAIT);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EOPNOTSUPP) {
        return Attempt.WOULD_WAIT;
      }
      end(transfer, 0, e.errno());
      return Attempt.ENDED;
    } catch (PowerCut e) {
      throw e;
    } catch (RuntimeException | Error e) {
      end(transfer, 0, Errno.EIO);
      throw e;
    }
    boolean partial =
        bytes < transfer.memory().byteSize() && transfer.position() + bytes < transfer.file().end();
    if (partial) {
      transfer.done = bytes;
      return Attempt.WOULD_WAIT;
    }
    end(transfer, bytes, null);
    return Attempt.ENDED;
  }

  private int transferred(Transfer transfer) throws ErrnoException {
    switch (transfer.operation()) {
      case READ -> {
        return read(transfer);
      }
      case WRITE -> {
        return vfs.pwrite(transfer.file(), transfer.memory(), transfer.position());
      }
      case SYNC -> vfs.fsync(transfer.file());
      case DATA_SYNC -> vfs.fdatasync(transfer.file());
      case NO_OPERATION -> {}
    }
    return 0;
  }

  private int read(Transfer transfer) throws ErrnoException {
    int done = transfer.done;
    try {
      return done
          + vfs.pread(transfer.file(), transfer.memory().asSlice(done), transfer.position() + done);
    } catch (ErrnoException e) {
      if (done > 0) {
        return done;
      }
      throw e;
    }
  }
}
