package dev.sekiso.blockdev;

/** What a {@link Bio} asks for (the kernel's {@code enum req_op}). */
public enum BioOperation {
  READ,
  WRITE,
  /** Make everything completed so far durable; carries no data. */
  FLUSH,
  /** The contents of the range are no longer needed; carries no data. */
  DISCARD,
  /** Fill the range with zeroes; carries no data. */
  WRITE_ZEROES
}
