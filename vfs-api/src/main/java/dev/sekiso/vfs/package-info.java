/**
 * The virtual file system: system calls on one side, file systems on the other.
 *
 * <h2>Who calls whom</h2>
 *
 * <pre>
 *   programs ──► Vfs ──► FileSystemType, InodeOperations, FileOperations, SuperBlockOperations
 *                 │            (a file system)
 *                 └────► InodeWriteback  ◄── a file system, through Inode.markDirty
 *                           (the writeback layer) ──► SuperBlockOperations.writeInode
 * </pre>
 *
 * {@link dev.sekiso.vfs.Vfs} is the only door in; its calls are told in {@link
 * dev.sekiso.vfs.MountCalls}, {@link dev.sekiso.vfs.PathCalls}, {@link
 * dev.sekiso.vfs.OpenFileCalls} and {@link dev.sekiso.vfs.TransferCalls}. Behind it stand, each for
 * its part of the calls: {@code NameCalls} and {@code Renaming} (names), {@code OpenCalls} (open
 * and close), {@code DataCalls} (read and write), {@code FileCalls} (position, directories, space),
 * {@code MappingCalls} (mmap's checks), {@code AttributeCalls} (stat, chmod and their like), {@code
 * SyncCalls} (fsync to sync), {@code MountTable}. They check what Linux checks, in its order, so
 * that the error number is Linux's; a file system is asked only for what may be done. {@code
 * CallGate} charges and traces every call ({@code syscalls:sys_enter_read}, {@code sys_exit_read},
 * …).
 *
 * <p>A file system knows inodes and names, never dentries, paths or mounts. It implements the four
 * interfaces above and extends {@link dev.sekiso.vfs.Inode}. Its part: keep links, times of
 * directories and change times of what it renames, links and unlinks; call {@link
 * dev.sekiso.vfs.Inode#initializeOwner} on new inodes, {@link dev.sekiso.vfs.Inode#apply} in {@code
 * setAttributes}, {@link dev.sekiso.vfs.Inode#markDirty} for what must be written. Modification
 * times of written files and access times are the VFS's part.
 *
 * <h2>Life of an inode</h2>
 *
 * <pre>
 *   (no object) ── SuperBlock.inode: loaded once, others wait ──► referenced
 *   (no object) ── SuperBlock.addNew: just allocated ───────────► referenced
 *   referenced ── last put, links &gt; 0 ──► unused (bounded list) ── tryGet ──► referenced
 *   referenced ── last put, links = 0 ──► freeing
 *   unused ── room wanted and clean, or unmount ──► freeing
 *   freeing ── InodeWriteback.inodeEvicted, SuperBlockOperations.evictInode ──► (no object)
 * </pre>
 *
 * References are held by dentries, by loops over inodes, by writeback and by file systems that keep
 * inodes for themselves (and let go in {@link dev.sekiso.vfs.SuperBlockOperations#shutDown}). The
 * count changes by compare-and-set; freeing is a count below zero, from which nothing returns but a
 * change of mind because the inode is dirty. The number's slot is emptied last, so a number given
 * out anew waits for its former inode.
 *
 * <h2>Life of a dentry</h2>
 *
 * <pre>
 *   lookup ──► positive or negative, hashed (its directory's map leads to it)
 *   created: a positive one takes the negative one's place
 *   moved:   same dentry, another place; the target's dentry is unhashed
 *   removed: unhashed; whoever has it open keeps it
 *   last reference gone: hashed ──► unused list ──► dies when room is wanted; unhashed ──► dies
 * </pre>
 *
 * What a dentry leads to never changes, so a walk that holds one needs no lock to look at it. A
 * dentry pins its inode and its parent. In a removed directory nothing stays cached.
 *
 * <h2>Life of an open file</h2>
 *
 * {@link dev.sekiso.vfs.OpenFile} pins a dentry and a mount. {@code open} → {@link
 * dev.sekiso.vfs.FileOperations#open}; each {@code close} → {@code flush}; with the last reference
 * → {@code release}, then dentry and mount are given back, which for a removed file is the moment
 * its blocks become free. Error cursors start at open and move on with each {@code fsync} and
 * {@code syncfs}: every open file hears of every failure once, or, as in older kernels, the first
 * that asks ({@link dev.sekiso.vfs.ErrorReporting}).
 *
 * <h2>Mapping a file</h2>
 *
 * {@code mmap} is in two parts, because addresses and pages are not the VFS's affair. {@link
 * dev.sekiso.vfs.Vfs#mmap} checks what the file is open for and asks its file system for a {@link
 * dev.sekiso.vfs.Mappable}, which it does not look into; whoever keeps processes' memory gets both
 * as a {@link dev.sekiso.vfs.FileMapping}, and through it keeps the file open, sets its times at
 * first stores, syncs ranges with the file's error cursor, and lets go at the end.
 *
 * <h2>Life of a mount</h2>
 *
 * A mount pins the place it covers. It is referenced by paths in use; unmounting succeeds when
 * there are none and no mounts on top. With the last mount of a super block: cached dentries go,
 * everything is synced, inodes are evicted, the device is released.
 *
 * <h2>Locks, in the order in which they are taken</h2>
 *
 * <ol>
 *   <li>the mount table's lock ({@code namespace_sem})
 *   <li>an open file's position ({@code f_pos_lock})
 *   <li>the announcement of a change, {@link dev.sekiso.vfs.SuperBlock#startWrite} ({@code
 *       sb_start_write}), not a lock but waited for by freezing; and {@code SuperBlock.whileAlive}
 *       ({@code s_umount})
 *   <li>the super block's rename lock ({@code s_vfs_rename_mutex}): only for a rename between two
 *       directories
 *   <li>directories' {@link dev.sekiso.vfs.Inode#lock} ({@code i_rwsem}): ancestor before
 *       descendant; two unrelated ones by number, under the rename lock
 *   <li>the inodes that names lead to: directories before others, then by number
 *   <li>the file system's own locks
 *   <li>monitors held for moments: lists of unused inodes and dentries, moves, open files
 * </ol>
 *
 * A read takes none of these but the position's, and {@code pread} not even that. A path walk over
 * cached names takes none. A write holds the inode's lock from its final position to its last byte
 * and lets it go before a synchronous write waits for the device. What was removed is given back
 * after all locks, because that may truncate.
 */
package dev.sekiso.vfs;
