/**
 * Writeback: which inodes are dirty, who writes them when, and how long writers rest.
 *
 * <h2>The parts</h2>
 *
 * <pre>
 *   VFS: markDirty, sync, evict              page cache: dirtied, cleaned, written, balance
 *              │                                              │
 *              ▼                                              ▼
 *      Writeback (CgroupWriteback) ───────────────── BackingDevInfo, one per device
 *              │ settings, counters                           │ DirtyThrottle: how long to rest
 *              │ DirtyDomain: limits and counts               ▼
 *              └───────────────────────────────────── BdiWriteback, one per (device, cgroup)
 *                                                             │ lists of inodes, queue of work
 *                     Flusher: when, in which task ──writeOut─┤
 *                                                             ▼
 *                                     WritebackRound: which inodes, how much of each
 *                                                             │
 *                                                             ▼
 *                                     InodeWriter: pages, then metadata, of one inode
 *                                                             │
 *                        page cache's writePages, the file system's writeInode
 * </pre>
 *
 * <h2>Life of a dirty inode</h2>
 *
 * <p>A first change makes its node ({@link dev.sekiso.vfs.Inode#writebackState}) and attaches it to
 * the writeback of the device and of the changing task's control group. Each change from clean to
 * dirty dates it and puts it at the young end of {@code b_dirty}; changes of a dirty inode cost one
 * volatile read. The first dirty inode of an idle writeback plans a round. When the inode's turn
 * comes it is written outside of all locks, marked as being written so that nobody else does, and
 * then placed by what is left to do. {@link dev.sekiso.writeback.BdiWriteback} tells which list is
 * what. Eviction takes it off the lists and waits for whoever writes it; nothing is marked
 * afterwards.
 *
 * <h2>What a sync may rely on</h2>
 *
 * <p>{@code syncInodes} queues an integrity work and waits for it. The work takes every inode that
 * was dirty when it began: those on lists by date, those being written by waiting for the writer.
 * Pages are started, not waited for, so that the device sees them together; then the call waits for
 * each inode that has pages under writeback, which is a list of its own and not a walk over all
 * inodes.
 *
 * <h2>Errors</h2>
 *
 * <p>Errors of pages are recorded by the page cache with the mapping. Errors of metadata are
 * recorded here, with the mapping and the super block. Writing goes on with the next inode; who
 * called {@code writeInode} gets the exception. A file system that throws something unexpected
 * counts as EIO, and the one who waits for the work gets it as the cause.
 *
 * <h2>Swapping the layer</h2>
 *
 * <p>{@link dev.sekiso.writeback.WriteThrough} is the same to the VFS and the page cache, but
 * writes everything at once. Flushers are in {@link dev.sekiso.writeback.flusher}, throttles in
 * {@link dev.sekiso.writeback.throttle}.
 */
package dev.sekiso.writeback;
