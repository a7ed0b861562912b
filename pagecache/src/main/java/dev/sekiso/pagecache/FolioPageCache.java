package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;

/**
 * The real page cache, named {@code folio}: keeps what was read and written until the memory is
 * needed for something else. See the package's description.
 */
public final class FolioPageCache implements PageCache {

  private final CacheCore core;

  /**
   * Takes its memory at once and starts the background reclaimer as a daemon task of the machine.
   */
  public FolioPageCache(Machine machine, PageCacheSettings settings) {
    this.core = new CacheCore(machine, settings, CachedAccess::new);
  }

  @Override
  public AddressSpace newAddressSpace(
      Object host, AddressSpaceOperations operations, DirtyListener listener) {
    return core.newAddressSpace(host, operations, listener);
  }

  @Override
  public MemoryMap newMemoryMap(MemoryMapSettings memory) {
    return new MemoryMap(core, memory);
  }

  @Override
  public PageCacheCounters counters() {
    return core.snapshot();
  }

  @Override
  public MemoryStatus memory() {
    return core.memory();
  }

  @Override
  public MemoryGroups memoryGroups() {
    return core.groups;
  }

  @Override
  public long dropClean() {
    return core.dropClean();
  }

  @Override
  public void close() {
    core.close();
  }

  CacheCore core() {
    return core;
  }
}
