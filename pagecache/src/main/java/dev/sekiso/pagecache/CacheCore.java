package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.readahead.ReadaheadPolicy;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the address spaces of one page cache share: memory, index nodes, replacement, reclaim,
 * counters. Both implementations of the layer stand on it; they differ in their {@link AccessPath}.
 */
final class CacheCore implements FrameTable.Listener {

  /** One leaf of shadows per so many frames; a leaf remembers up to 64 pages. */
  private static final int FRAMES_PER_SHADOW_LEAF = 64;

  final Machine machine;
  final PageCacheSettings settings;
  final FrameTable table;
  final NodePool nodes;
  final Replacement replacement;
  final MemoryGroups groups;
  final Reclaimer reclaimer;
  final CacheCounters counters = new CacheCounters();
  final ReadaheadPolicy readahead;
  final ReadaheadLoader.Spares loaders = new ReadaheadLoader.Spares();
  final AccessPath access;

  /** Stores through mappings. */
  final StoreGate stores;

  /** Whoever waits for, or at, an address space's {@link PageBarrier}. */
  final WaitQueue barriers;

  private final AtomicLong lastId = new AtomicLong();
  private final AtomicLong openSpaces = new AtomicLong();
  private volatile Folio zeroPage;
  private boolean closed;

  CacheCore(Machine machine, PageCacheSettings settings, AccessPath.Factory access) {
    this.machine = machine;
    this.settings = settings;
    int frames = settings.capacityPages();
    this.table = new FrameTable(machine, frames, this);
    int nodeLimit = Math.max(16, frames / FRAMES_PER_SHADOW_LEAF);
    this.replacement = new Replacement(machine, table);
    this.groups = new MemoryGroups(this);
    this.nodes = new NodePool(nodeLimit, nodeLimit, groups::current);
    this.reclaimer = new Reclaimer(this, Watermarks.of(frames, settings.watermarkScaleFactor()));
    this.readahead = settings.readahead();
    this.stores = new StoreGate(machine);
    this.barriers = machine.newWaitQueue("barred pages");
    this.access = access.create(this);
    this.reclaimer.start();
  }

  /** A page of memory that is nobody's file, zeroed, with one reference; ENOMEM. */
  Folio newAnonymousPage() throws ErrnoException {
    Folio folio = reclaimer.allocate(0, Reclaimer.Effort.FULL);
    folio.data().fill((byte) 0);
    counters.anonymous.increment();
    return folio;
  }

  /** The page of zeroes that stands in for private memory never stored to; ENOMEM. */
  Folio zeroPage() throws ErrnoException {
    Folio page = zeroPage;
    if (page != null) {
      return page;
    }
    Folio made = reclaimer.allocate(0, Reclaimer.Effort.FULL);
    made.data().fill((byte) 0);
    // It is everybody's: nobody is charged.
    freeing(made);
    table.setOwner(made.frame, null);
    synchronized (this) {
      if (zeroPage == null) {
        zeroPage = made;
        return made;
      }
    }
    made.put();
    return zeroPage;
  }

  /** The frame of the page of zeroes, -1 when there is none yet. */
  int zeroFrame() {
    Folio page = zeroPage;
    return page == null ? -1 : page.frame;
  }

  FolioAddressSpace newAddressSpace(
      Object host, AddressSpaceOperations operations, DirtyListener listener) {
    openSpaces.incrementAndGet();
    return new FolioAddressSpace(this, lastId.incrementAndGet(), host, operations, listener);
  }

  void addressSpaceClosed() {
    openSpaces.decrementAndGet();
  }

  @Override
  public void idle(Folio folio) {
    access.idle(folio);
  }

  @Override
  public void freeing(Folio folio) {
    LruVector owner = table.owner(folio.frame);
    if (owner != null) {
      owner.group().uncharge(folio.pages());
    }
  }

  @Override
  public void freed() {
    reclaimer.moved();
  }

  PageCacheCounters snapshot() {
    return counters.snapshot(groups.activations());
  }

  MemoryStatus memory() {
    long free = table.freeFrames();
    return new MemoryStatus(
        table.frames(),
        free,
        reclaimer.watermarks().high(),
        Math.max(0, table.frames() - free - counters.anonymous.sum()),
        counters.dirty(),
        counters.writeback());
  }

  long dropClean() {
    replacement.drainAll();
    long dropped = 0;
    for (int frame = 0; frame < table.frames(); frame++) {
      Folio folio = table.folio(frame);
      FolioAddressSpace mapping = folio.mapping;
      if (mapping != null && folio.tryGet()) {
        mapping = folio.mapping;
        dropped += mapping == null ? 0 : mapping.residency.dropIfClean(folio);
        folio.put();
      }
    }
    return dropped;
  }

  /** Largest order any folio here may have. */
  int maximumOrder() {
    return settings.largeFolios() == LargeFolios.OFF
        ? 0
        : Math.min(FrameTable.MAXIMUM_ORDER, access.maximumOrder());
  }

  /** Accounts for copying so many bytes on a simulated machine. */
  void spendCopy(long bytes) {
    long perPage = settings.copyNanosPerPage();
    if (perPage != 0) {
      machine.spendProcessorTime((bytes * perPage + PageCache.PAGE_SIZE - 1) >> 12);
    }
  }

  void close() {
    if (closed) {
      return;
    }
    if (machine.powered() && openSpaces.get() != 0) {
      throw new IllegalStateException(
          openSpaces.get() + " address spaces are still open; close them before the page cache");
    }
    closed = true;
    try {
      if (machine.powered()) {
        reclaimer.close();
        access.close();
      }
    } finally {
      table.close();
    }
  }
}
