package dev.sekiso.stack;

import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PassThroughPageCache;
import dev.sekiso.pagecache.msync.ScanningMsync;
import dev.sekiso.pagecache.msync.TrackedMsync;
import dev.sekiso.pagecache.msync.WritingMsync;
import dev.sekiso.pagecache.readahead.FixedReadahead;
import dev.sekiso.pagecache.readahead.NoReadahead;
import dev.sekiso.pagecache.readahead.OnDemandReadahead;
import dev.sekiso.pagecache.readahead.TwoWindowReadahead;
import dev.sekiso.pagecache.replacement.ActiveInactive;
import dev.sekiso.pagecache.replacement.ActiveInactive26;
import dev.sekiso.pagecache.replacement.Arc;
import dev.sekiso.pagecache.replacement.Clock;
import dev.sekiso.pagecache.replacement.Fifo;
import dev.sekiso.pagecache.replacement.Lirs;
import dev.sekiso.pagecache.replacement.Lru;
import dev.sekiso.pagecache.replacement.MultiGenerational;
import dev.sekiso.pagecache.replacement.S3Fifo;
import dev.sekiso.pagecache.replacement.Sieve;
import dev.sekiso.pagecache.replacement.TwoQueue;
import dev.sekiso.pagecache.replacement.WindowTinyLfu;
import java.util.List;

/** Binds page caches and their policies. */
final class PageCacheModule extends SeamModule {

  private static final String PAGES = "pages";
  private static final String SWAPPINESS = "swappiness";

  @Override
  protected void configure() {
    choice(
        Seams.PAGE_CACHE,
        "folio",
        "keeps what was read and written until the memory is wanted",
        "mm/filemap.c, mm/vmscan.c",
        FolioPageCache::new);
    choice(
        Seams.PAGE_CACHE,
        "pass-through",
        "keeps nothing: every read and write goes down",
        "the baseline",
        PassThroughPageCache::new);

    choice(
        Seams.READAHEAD,
        "on-demand",
        "windows that grow while the reader stays sequential",
        "mm/readahead.c of 6.18",
        parameters -> new OnDemandReadahead());
    choice(
        Seams.READAHEAD,
        "two-window",
        "a current and an ahead window, dropped when a read is out of order",
        "mm/readahead.c of 2.6.11",
        parameters -> new TwoWindowReadahead());
    choice(
        Seams.READAHEAD,
        "none",
        "reads what is asked for",
        "the baseline",
        parameters -> new NoReadahead());
    choice(
        Seams.READAHEAD,
        "fixed",
        "always the same window",
        "the baseline",
        List.of(
            Setting.integer(
                PAGES, "32", 1, FixedReadahead.MAXIMUM_PAGES, "pages of 4 KiB", "the window")),
        parameters -> new FixedReadahead(parameters.integer(PAGES)));

    choice(
        Seams.MSYNC,
        "today",
        "writes what is synchronous; pages are known to be dirty from their first store",
        "mm/msync.c since 2.6.17",
        parameters -> new TrackedMsync());
    choice(
        Seams.MSYNC,
        "2.6.16",
        "asks page tables for stores; asynchronous leaves it at that",
        "mm/msync.c of 2.6.11",
        parameters -> new ScanningMsync());
    choice(
        Seams.MSYNC,
        "2.5.67",
        "asks page tables for stores; asynchronous starts writing",
        "mm/msync.c of 2.5.67",
        parameters -> new WritingMsync());

    choice(
        Seams.REPLACEMENT,
        "active-inactive",
        "two lists, refault distance decides who starts active",
        "mm/vmscan.c, mm/workingset.c of 6.18",
        (pages, parameters) -> new ActiveInactive(pages));
    choice(
        Seams.REPLACEMENT,
        "active-inactive-2.6",
        "two lists without a memory; mapped pages stay until memory is short",
        "mm/vmscan.c of 2.6.11 (shrink_zone, refill_inactive_zone)",
        List.of(
            Setting.integer(
                SWAPPINESS,
                Integer.toString(ActiveInactive26.DEFAULT_SWAPPINESS),
                0,
                100,
                "percent",
                "how willingly mapped pages are given up")),
        (pages, parameters) -> new ActiveInactive26(pages, parameters.integer(SWAPPINESS)));
    choice(
        Seams.REPLACEMENT,
        "mglru",
        "generations; tiers of pages that come back are carried on to the next",
        "mm/vmscan.c, mm/workingset.c of 6.18 with CONFIG_LRU_GEN",
        (pages, parameters) -> new MultiGenerational(pages));
    choice(
        Seams.REPLACEMENT,
        "2q",
        "a page that comes back after its first stay is worth keeping",
        "Johnson and Shasha 1994",
        (pages, parameters) -> new TwoQueue(pages));
    choice(
        Seams.REPLACEMENT,
        "arc",
        "two LRU lists whose shares follow what comes back",
        "Megiddo and Modha 2003",
        (pages, parameters) -> new Arc(pages));
    choice(
        Seams.REPLACEMENT,
        "lirs",
        "pages used again soonest stay, whatever else was used since",
        "Jiang and Zhang 2002",
        (pages, parameters) -> new Lirs(pages));
    choice(
        Seams.REPLACEMENT,
        "s3-fifo",
        "three queues: small for new pages, main, and ghosts",
        "Yang et al. 2023",
        (pages, parameters) -> new S3Fifo(pages));
    choice(
        Seams.REPLACEMENT,
        "sieve",
        "one queue and a hand that leaves used pages in place",
        "Zhang et al. 2024",
        (pages, parameters) -> new Sieve(pages));
    choice(
        Seams.REPLACEMENT,
        "w-tinylfu",
        "a window, and a main space that only pages used more often may enter",
        "Einziger, Friedman and Manes 2017",
        (pages, parameters) -> new WindowTinyLfu(pages));
    choice(
        Seams.REPLACEMENT,
        "clock",
        "second chance for pages used since the hand came by",
        "Corbató 1968",
        (pages, parameters) -> new Clock(pages));
    choice(
        Seams.REPLACEMENT,
        "lru",
        "the page not used for longest leaves",
        "Mattson et al. 1970",
        (pages, parameters) -> new Lru(pages));
    choice(
        Seams.REPLACEMENT,
        "fifo",
        "the page resident for longest leaves",
        "the baseline",
        (pages, parameters) -> new Fifo(pages));
  }
}
