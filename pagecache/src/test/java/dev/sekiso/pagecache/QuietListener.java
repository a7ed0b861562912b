package dev.sekiso.pagecache;

/** Hears of everything and does nothing: a test overrides what it is about. */
public interface QuietListener extends DirtyListener {

  @Override
  default void dirtied(AddressSpace mapping, int pages) {}

  @Override
  default void cleaned(AddressSpace mapping, int pages) {}

  @Override
  default void writebackStarted(AddressSpace mapping, int pages) {}

  @Override
  default void writebackEnded(AddressSpace mapping, int pages) {}

  @Override
  default void balance(AddressSpace mapping, int pages) {}

  @Override
  default boolean tryBalance(AddressSpace mapping, int pages) {
    return true;
  }

  @Override
  default void reclaimNeedsClean(long pages) {}
}
