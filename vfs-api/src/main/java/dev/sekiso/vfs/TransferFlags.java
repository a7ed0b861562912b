package dev.sekiso.vfs;

/**
 * Flags of one {@code preadv2(2)} or {@code pwritev2(2)}, with the kernel's numbers ({@code
 * RWF_*}).
 */
public final class TransferFlags {

  /** Polled completion: a hint. */
  public static final int HIGH_PRIORITY = 1;

  /** This write as with {@link OpenFlag#DATA_SYNCHRONOUS}. */
  public static final int DATA_SYNCHRONOUS = 1 << 1;

  /** This write as with {@link OpenFlag#SYNCHRONOUS}. */
  public static final int SYNCHRONOUS = 1 << 2;

  /** Fails with EAGAIN rather than wait for I/O or a lock. */
  public static final int NO_WAIT = 1 << 3;

  /** This write as with {@link OpenFlag#APPEND}. */
  public static final int APPEND = 1 << 4;

  static final int ALL = (1 << 5) - 1;

  private TransferFlags() {}
}
