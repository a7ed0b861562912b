package dev.sekiso.aio;

/** What a transfer does. */
public enum AioOperation {
  READ,
  WRITE,
  /** As {@code fsync(2)}, for everything queued before it ({@code aio_fsync} with O_SYNC). */
  SYNC,
  /** As {@code fdatasync(2)}, for everything queued before it ({@code aio_fsync} with O_DSYNC). */
  DATA_SYNC,
  /** Nothing: an entry of {@code lio_listio} to be skipped ({@code LIO_NOP}). */
  NO_OPERATION
}
