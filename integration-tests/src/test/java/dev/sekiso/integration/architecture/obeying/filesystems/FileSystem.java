package dev.sekiso.integration.architecture.obeying.filesystems;

import dev.sekiso.integration.architecture.obeying.pagecache.Cache;

/** Uses a module below it. */
public final class FileSystem {
  private final Cache cache;

  /** Makes a file system over a cache. */
  public FileSystem(Cache cache) {
    this.cache = cache;
  }

  /** Tells whether a page is there. */
  public boolean has(long index) {
    return cache.find(index) != null;
  }
}
