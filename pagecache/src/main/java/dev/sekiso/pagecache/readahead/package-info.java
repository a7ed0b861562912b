/**
 * How much is read, and when, beyond what is asked for.
 *
 * <p>Policy and mechanism are apart. A {@link dev.sekiso.pagecache.readahead.ReadaheadPolicy} is
 * told of misses, of readers that meet a mark, of faults and of explicit requests; it looks at the
 * file's cached pages and acts through a {@link dev.sekiso.pagecache.readahead.ReadaheadWindow},
 * and keeps what it knows of an open file in {@link dev.sekiso.pagecache.ReadaheadState}. The
 * mechanism gets frames, inserts folios, calls the file system, sets the mark, and never reads
 * behind the end of the file.
 *
 * <p>Policies hold no state of their own and serve all files and tasks at once. State is written
 * without a lock: a race spoils a window, which costs speed and nothing else.
 *
 * <ul>
 *   <li>{@link dev.sekiso.pagecache.readahead.OnDemandReadahead}: Linux since 2.6.23, as in 6.18.
 *   <li>{@link dev.sekiso.pagecache.readahead.TwoWindowReadahead}: Linux 2.6.11's current and ahead
 *       window.
 *   <li>{@link dev.sekiso.pagecache.readahead.FixedReadahead}: always the same window.
 *   <li>{@link dev.sekiso.pagecache.readahead.NoReadahead}: what is asked for, in one go.
 * </ul>
 */
package dev.sekiso.pagecache.readahead;
