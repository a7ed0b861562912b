package dev.sekiso.pagecache;

/**
 * A run of new, locked folios to be read in one go (the kernel's {@code readahead_control}).
 *
 * <p>The file system takes folios with {@link #next} in index order and starts reading each.
 */
public interface ReadaheadControl {

  AddressSpace mapping();

  /** Index of the first page not yet taken. */
  long index();

  /** Pages not yet taken. */
  int pagesLeft();

  /** Takes the next folio, locked; null when there is none. */
  Folio next();
}
