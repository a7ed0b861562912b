package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Vfs;

/**
 * Carries every transfer out in the submitter before {@link #submit} returns: asynchronous I/O that
 * buys nothing, to see what the other engine buys.
 */
public final class InlineEngine implements CompletionEngine {

  private final Execution execution;
  private volatile boolean closed;

  public InlineEngine(Vfs vfs) {
    this.execution = new Execution(vfs);
  }

  @Override
  public void submit(Transfer transfer) throws ErrnoException {
    if (closed) {
      throw new ErrnoException(Errno.EINVAL, "the engine is closed; no transfer can be submitted");
    }
    execution.run(transfer);
  }

  @Override
  public boolean cancel(Transfer transfer) {
    return false;
  }

  @Override
  public void close() {
    closed = true;
  }
}
