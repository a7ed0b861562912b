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
 *              │ InodeTracker: marks; InodeSync: asks  │
 *              │ ControlGroups: groups, hand-over      │
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
 * then placed by what is left to do. {@code DirtyInodes} tells which list is what. Eviction takes
 * it off the lists and waits for whoever writes it; nothing is marked afterwards.
 *
 * <h2>Control groups</h2>
 *
 * <p>A group that was added has a {@link dev.sekiso.writeback.BdiWriteback} on every device. An
 * inode belongs to the nearest group above the task that dirtied it first. The page cache tells
 * with every page which group's memory it is charged to; a vote at each write of the inode ({@code
 * ForeignVote}) finds the group that dirties most of it, and a task of the layer ({@code
 * InodeSwitcher}) hands it over, with its counts, at the place on the lists that its age gives it.
 * Inodes of a removed group go to the group above.
 *
 * <p>A group's memory is a {@link dev.sekiso.writeback.DirtyDomain} beside that of all memory; who
 * dirties an inode of the group is throttled by the narrower of the two. Pages of a group that are
 * dirty in another group's inodes are noted ({@code ForeignDirty}), and written when a task of the
 * group has to rest. Flushers of several groups take turns on a device by weight ({@code
 * WeightedShares}).
 *
 * <h2>What a sync may rely on</h2>
 *
 * <p>No inode changes its group while a sync of its device is under way.
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
