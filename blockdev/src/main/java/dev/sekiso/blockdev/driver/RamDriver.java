package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioDriver;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/**
 * {@code ram}: a device in memory, like the kernel's {@code brd}. Requests complete before {@link
 * #execute} returns; there is no cache to flush. Over a {@link Media} of the caller's its contents
 * outlive the machine; over its own they are gone with it. When the host has no memory for what is
 * written, the write fails with ENOMEM.
 */
public final class RamDriver implements BioDriver {

  private static final QueueLimits LIMITS = QueueLimits.DEFAULT.withDiscard(true);

  private final Media media;
  private final QueueLimits limits;

  /** A device of the given size whose contents nobody else sees. */
  public RamDriver(long sectors) {
    this(new Media(sectors));
  }

  public RamDriver(Media media) {
    this(media, LIMITS);
  }

  /** A device with other limits than the kernel's defaults. */
  public RamDriver(Media media, QueueLimits limits) {
    this.media = media;
    this.limits = limits;
  }

  @Override
  public long sectors() {
    return media.sectors();
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean supports(BioOperation operation) {
    return operation != BioOperation.DISCARD || limits.discard();
  }

  @Override
  public void execute(Request request) {
    try {
      Transfers.carryOut(request, media);
    } catch (OutOfMemoryError e) {
      request.fail(new ErrnoException(Errno.ENOMEM, request + ": " + e.getMessage(), e), 0);
      return;
    }
    request.complete(null);
  }

  @Override
  public ErrnoException carryOut(Bio bio) {
    try {
      Transfers.carryOut(bio, media);
      return null;
    } catch (OutOfMemoryError e) {
      return new ErrnoException(Errno.ENOMEM, bio + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {}
}
