package dev.sekiso.vfs;

/** What becomes of stores to a mapping. */
public enum Sharing {
  /** They reach the file ({@code MAP_SHARED}). */
  SHARED,
  /** They make a copy ({@code MAP_PRIVATE}). */
  PRIVATE
}
