/**
 * The page cache: pieces of files in memory.
 *
 * <p>The layer between those who read and write files and those who know where the data lives. A
 * file system gives it {@link dev.sekiso.pagecache.AddressSpaceOperations} (start reading this
 * folio, start writing those) and gets an {@link dev.sekiso.pagecache.AddressSpace} per file, on
 * which it serves reads, writes, truncation, advice and direct I/O. The layer knows no inodes and
 * no devices, so it serves as a buffer manager alone, too: {@link
 * dev.sekiso.pagecache.ChannelStore} are the operations of a plain file, {@link
 * dev.sekiso.pagecache.PageCleaner} keeps its dirty pages within bounds, and the module's README
 * has a whole program.
 *
 * <pre>{@code
 * PageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(16_384));
 * ChannelStore store = new ChannelStore(channel);
 * AddressSpace pages = cache.newAddressSpace("table", store, new PageCleaner(machine, 4_096));
 * Folio page = pages.readFolio(42);                         // pinned until put
 * long value = page.data().get(ValueLayout.JAVA_LONG, 8);
 * page.put();
 * store.force(pages);                                       // a checkpoint
 * }</pre>
 *
 * <h2>Parts</h2>
 *
 * <ul>
 *   <li><b>Memory.</b> {@code FrameTable}: frames of 4096 bytes in one aligned off-heap region, a
 *       {@link dev.sekiso.pagecache.Folio} per frame, flag words in one array, a buddy allocator.
 *       The region is on huge pages if there are any.
 *   <li><b>Index.</b> {@code XArray}: per address space, from page number to folio or to the shadow
 *       of an evicted one, with marks for dirty, under writeback, to write. {@code NodePool}
 *       recycles its nodes and bounds the memory of shadows.
 *   <li><b>Address space.</b> {@code FolioAddressSpace}: how a folio is found, and the calls. Its
 *       parts: {@code FolioSupply} (single folios are made and read), {@code Residency} (they come,
 *       go and are split), {@code DirtyState} (flags, marks and counts of what is dirty or being
 *       written), {@code WritebackErrors}. Walks over many: {@code CachedAccess} (generic read and
 *       write), {@code WritebackWalk}, {@code Truncation}, {@code DirectAccess}, {@code Advising}.
 *   <li><b>Readahead.</b> A {@link dev.sekiso.pagecache.readahead.ReadaheadPolicy} decides, {@code
 *       ReadaheadLoader} brings in.
 *   <li><b>Replacement.</b> A {@link dev.sekiso.pagecache.replacement.ReplacementPolicy} decides,
 *       one {@code LruVector} per memory group holds it and its lock, {@code Replacement} finds the
 *       vector of a page and batches uses, {@code Reclaimer} gives out and charges frames, {@code
 *       Shrinker} evicts.
 *   <li><b>Mappings.</b> {@link dev.sekiso.pagecache.MemoryMap}: a process's memory, of {@code
 *       Area}s by address ({@code AreaSet}) and page tables ({@code PageTables}, {@code PageTable},
 *       {@code Pte}); {@link dev.sekiso.pagecache.MemoryMapping} loads and stores, {@code
 *       PageFault} answers what they miss ({@code FileFault} brings the page, {@code FileEntries}
 *       maps it); {@code ReverseMap} leads back from a file's pages. The calls stand apart: {@code
 *       Mapper}, {@code Remapper}, {@code MemoryLocking}, {@code MemoryAdvising}, {@code
 *       MemorySyncing} with {@link dev.sekiso.pagecache.msync}.
 *   <li><b>Memory groups.</b> {@link dev.sekiso.pagecache.MemoryGroups}: who is charged for what,
 *       limits, and a policy for each group.
 * </ul>
 *
 * <p>There are two page caches. {@link dev.sekiso.pagecache.FolioPageCache} keeps what it has;
 * {@link dev.sekiso.pagecache.PassThroughPageCache} nothing. They share all parts and differ in
 * their {@code AccessPath}.
 *
 * <h2>A read</h2>
 *
 * <p>Hit: entry from the index, flags, file size, copy, the same entry again: done. No lock, no
 * reference, no atomic instruction, no allocation; the replacement policy is told, and notes it in
 * a byte unless it has already. Miss: the readahead policy chooses a window; for each page of it
 * that is absent a frame is taken, inserted locked and not up to date; runs of new folios go to
 * {@code readahead}; completion makes each up to date and unlocks it ({@code endRead}); the reader
 * waits for its page, and copies under a reference. A page that could not be read by readahead is
 * tried once more by itself; then the read fails with EIO.
 *
 * <h2>A write, and writeback</h2>
 *
 * <p>Page by page: grab the folio (locked), {@code writeBegin}, copy, {@code writeEnd} (which marks
 * it dirty), unlock, then let the {@link dev.sekiso.pagecache.DirtyListener} make the writer rest.
 * Later somebody calls {@code writePages}, whose file system calls {@code writeDirty}: each dirty
 * folio in index order is locked, its dirty flag is cleared, the writer starts writeback and
 * unlocks it; {@code endWriteback} comes from the completion. An error stays in {@code errors()}
 * until every open file has heard of it; the folio stays as it is, clean.
 *
 * <h2>Mappings</h2>
 *
 * <p><b>An area's life.</b> {@code mmap} makes it; it holds its {@link
 * dev.sekiso.pagecache.MappedFile} once. {@code munmap}, {@code mprotect}, {@code mlock} and advice
 * on a part cut it; neighbours that are alike are joined again. {@code mremap} makes another one
 * and moves the entries. Areas of a file stand in its {@code ReverseMap}, by size class and offset,
 * so that a page's areas are found without a look at the others.
 *
 * <p><b>An entry's life.</b>
 *
 * <pre>
 *   empty ── load of a page of the file, or fault-around ──► mapped, read-only
 *   empty ── store to a shared page (makeWritable) ────────► mapped, writable, dirty
 *   empty ── store to a private page (copied) ─────────────► mapped, writable, private
 *   empty ── load of anonymous memory ─────────────────────► the page of zeroes
 *   read-only ── store ── shared: makeWritable; private: copied ──► writable
 *   writable ── writeback begins (ReverseMap.clean) ────────► read-only, clean
 *   mapped ── truncation, hole, direct I/O, reclaim, munmap, MADV_DONTNEED ──► empty
 * </pre>
 *
 * An entry that maps a page of a file holds a reference on the folio and counts in the frame
 * table's mappings. So a mapped page is not dropped by accident: advice on a file leaves it, and
 * reclaim takes the entries first, unless a processor's bit says that the page was used, or the
 * area is locked: then the replacement policy forgets the page until it is unlocked. What an entry
 * knows (dirty, used) goes to the folio when it is emptied. In an era without store notices ({@link
 * dev.sekiso.pagecache.msync.MsyncPolicy#tracksStores}) that is the only way, beside {@code msync},
 * in which a store becomes known.
 *
 * <p><b>Loads and stores.</b> A load looks at the entry before and after, and takes no lock: an
 * entry is emptied before its reference is given back, and carries the generation of its frame. A
 * store could do harm in between, so it passes the {@code StoreGate}; who empties an entry or makes
 * it read-only waits behind the gate before it relies on that. Nothing else is ever waited for
 * there.
 *
 * <p><b>A fault</b> holds the map's lock for reading and lets it go before it waits for a device;
 * then it begins anew. It fills an entry with the folio locked, found in its file and within the
 * size. Truncation sets the size, empties the range, then locks each folio, empties what has come
 * meanwhile, and removes it: no entry outlives its page. Copies that private areas have made go
 * with truncation and stay with holes. Of a hole the size says nothing: who makes one has the range
 * barred ({@link dev.sekiso.pagecache.AddressSpace#bar}, {@code PageBarrier}), so that no page of
 * it comes in and none becomes writable until its blocks are gone.
 *
 * <p>With the pass-through cache mapped pages are in memory for as long as they are mapped.
 *
 * <h2>Large folios</h2>
 *
 * <p>Where the settings and the file system allow it, a folio holds 2<sup>n</sup> pages on one
 * aligned run of frames, up to 2 MiB, at an index that is a multiple of its pages. Readahead makes
 * them, of an order that grows by two a window, and writes, of the order that fits what is written;
 * when no run of frames is free, or a place is taken, smaller ones come. All its slots in the index
 * hold the same entry and the same marks; lock, references, flags and its place in replacement are
 * those of its first frame's object; all accounts are in pages. A reader copies across it in one
 * go. It is dirty, written and evicted as a whole; which of its blocks are, the file system may
 * know better. Truncation splits a clean one that nobody uses, so that the wanted page is alone and
 * the rest stays in the largest pieces; a dirty one stays whole, with zeroes behind the end.
 *
 * <h2>Locks, outermost first</h2>
 *
 * <ol>
 *   <li>The file's write lock, which belongs to the caller: held over {@code write}, {@code
 *       writeDirectly} and {@code truncate}.
 *   <li>A memory map's lock ({@code mmap_lock}). Not taken by reads, writes, writeback and reclaim.
 *   <li>An address space's barrier. Nobody waits for it with a folio locked; whoever has raised it
 *       locks folios.
 *   <li>Folio locks; several of one address space in index order; held over I/O.
 *   <li>Short locks, under which nobody waits: the index's monitor; then a vector's, and inside it
 *       the vector's of a group above while pages move there; then the node pool's and the
 *       allocator's. The batches of uses come before vectors, the monitor of the memory groups
 *       before the index's.
 *   <li>Short locks of mappings: a {@code ReverseMap}'s monitor, then a page table's. Innermost:
 *       inside them no other is taken; what is owed to folios is paid afterwards ({@code Zap}).
 * </ol>
 *
 * <p>Reclaim only tries folio locks, so any task may reclaim, whatever it holds. Completions take
 * short locks only.
 *
 * <h2>Memory groups</h2>
 *
 * <p>A frame is charged when it is allocated, to the group of the running task, and all groups
 * above; it stays there until it is free. Its vector, written down at its frame, says whose it is
 * and whose policy orders it. A page moves to another vector, when its group is removed or gets
 * another policy, under the index's lock of its mapping and the locks of both vectors; so dirty
 * counts, which change under the index's lock, always go to the right group, and whoever holds a
 * vector's lock can see whether a page is still there. While there is only the root group nobody
 * looks at the table.
 *
 * <h2>Truncation against readers</h2>
 *
 * <p>The size is set first, then pages are removed under their locks, then blocks are freed.
 * Whoever inserts a page for reading looks at the size again afterwards and takes it out if it lies
 * behind the end now: the index's lock orders the two, so no page of freed blocks stays behind. A
 * reader that copies looks at the size before and after.
 *
 * <h2>Memory it takes</h2>
 *
 * <p>Per resident 4 KiB page, with file pages in dense runs: 48 bytes for the folio, 4 for its
 * place in the table, 4 for flags, 4 for its vector, 4 for the number of its mappings, 9 for the
 * index, 9 for the lists of the default policy (however many groups there are), up to 9 for
 * shadows. A page table takes 8 bytes for each page of the 2 MiB it covers.
 */
package dev.sekiso.pagecache;
