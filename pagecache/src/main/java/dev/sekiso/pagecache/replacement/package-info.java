/**
 * What leaves when memory is needed.
 *
 * <p>A {@link dev.sekiso.pagecache.replacement.ReplacementPolicy} orders the pages; the page cache
 * decides whether a page may go, and does it. The same object serves a live cache and a simulated
 * one that only counts hits: pages are ints, contents are longs, what is remembered of an evicted
 * page is a long, and nothing is allocated after construction.
 *
 * <p>The hit path calls {@code accessed} from many threads without a lock. A policy that needs more
 * than a note in a byte returns true; the page cache gathers such uses in batches and calls {@code
 * promote} for each under the lock, as the kernel does with its folio batches.
 *
 * <p>Reclaim comes in rounds of rising pressure: at priority p about 1/2<sup>p</sup> of the pages
 * are looked at, from 12 down to 0, then everything. A selected page is isolated until it is
 * evicted, rejected (busy, dirty, under writeback) or removed.
 *
 * <p>Pages of memory mappings are used without a call. A policy that cares asks {@link
 * dev.sekiso.pagecache.replacement.PageView#testAndClearReferenced}; one that does not hears of it
 * when such a page is its victim ({@code USED}).
 *
 * <p>One file is one policy, its source named at the top.
 */
package dev.sekiso.pagecache.replacement;
