package dev.sekiso.blockdev.driver;

import dev.sekiso.machine.ErrnoException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One worker's ways to the file of the host: channels of its own, past the host's page cache and
 * through it, each opened when it is first needed. When the host has no more to give, the common
 * channel serves, with a call per piece of memory.
 *
 * <p>Belongs to its worker. The driver closes it; under its monitor, so that nothing is opened
 * after that.
 */
final class HostLane implements Closeable {

  private final HostFile common;
  private final HostGate gate;
  private HostFile past;
  private HostFile through;
  private boolean closed;

  HostLane(HostFile common, HostGate gate) {
    this.common = common;
    this.gate = gate;
  }

  void read(long position, List<MemorySegment> pieces) throws IOException {
    HostFile direct = past();
    if (direct != null && direct.takes(position, pieces)) {
      try {
        direct.read(position, pieces, true);
        return;
      } catch (IOException e) {
        refused(e);
      }
    }
    HostFile cached = through();
    cached.read(position, pieces, cached != common);
  }

  void write(long position, List<MemorySegment> pieces) throws IOException {
    HostFile direct = past();
    if (direct != null && direct.takes(position, pieces) && gate.enter()) {
      try {
        direct.write(position, pieces, true);
        return;
      } catch (IOException e) {
        if (!HostGate.isRefusal(e)) {
          throw e;
        }
      } finally {
        gate.leave();
      }
    }
    gate.close();
    HostFile cached = through();
    cached.write(position, pieces, cached != common);
  }

  /** Goes on through the cache if that is all the error asks for. */
  private void refused(IOException e) throws IOException {
    if (!HostGate.isRefusal(e)) {
      throw e;
    }
    gate.close();
  }

  private synchronized HostFile past() {
    if (closed || !gate.isOpen()) {
      return null;
    }
    if (past == null) {
      try {
        past = common.direct();
      } catch (IOException e) {
        return null;
      }
    }
    return past;
  }

  private synchronized HostFile through() {
    if (closed) {
      return common;
    }
    if (through == null) {
      try {
        through = common.again();
      } catch (ErrnoException e) {
        through = common;
      }
    }
    return through;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try {
      if (past != null) {
        past.close();
      }
    } finally {
      if (through != null && through != common) {
        through.close();
      }
    }
  }
}
