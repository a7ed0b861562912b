package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/** The part of one shared mapping of a file that an {@code msync} covers, as a policy sees it. */
public interface MappedRange {

  /** Marks pages dirty that page tables say have been stored to ({@code filemap_sync}). */
  void gatherStores();

  /** Starts writing all dirty pages of the file, without waiting ({@code filemap_fdatawrite}). */
  void startWritingFile() throws ErrnoException;

  /** Makes the whole file's data durable ({@code fsync}); an error is told once. */
  void syncFile() throws ErrnoException;

  /** Makes the range's data durable ({@code vfs_fsync_range}); an error is told once. */
  void syncRange() throws ErrnoException;
}
