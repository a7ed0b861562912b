package dev.sekiso.vfs;

/** Flags of {@code renameat2(2)}. */
public enum RenameFlag {
  /** Fail with EEXIST rather than replace. */
  NO_REPLACE,
  /** Swap the two names. */
  EXCHANGE
}
