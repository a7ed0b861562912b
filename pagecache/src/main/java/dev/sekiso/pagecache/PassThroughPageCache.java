package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.readahead.NoReadahead;
import dev.sekiso.pagecache.replacement.Fifo;

/**
 * The page cache that keeps nothing, named {@code pass-through}: every read comes from the device,
 * every write has reached the device when it returns. It shows what caching buys, and takes the
 * cache out of the picture when something below it is looked at.
 *
 * <p>Its memory holds pages only while calls use them; see {@link PassThroughAccess}.
 */
public final class PassThroughPageCache implements PageCache {

  private final CacheCore core;

  /**
   * @param settings the capacity counts, and the cost of copying; there is no policy to choose
   */
  public PassThroughPageCache(Machine machine, PageCacheSettings settings) {
    PageCacheSettings own = settings.withReplacement(Fifo::new).withReadahead(new NoReadahead());
    this.core = new CacheCore(machine, own, PassThroughAccess::new);
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
