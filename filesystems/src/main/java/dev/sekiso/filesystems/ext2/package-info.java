/**
 * The second extended file system: its format on disk, read and write, and its maker.
 *
 * <h2>Layers</h2>
 *
 * <ol>
 *   <li><b>Format.</b> Views over memory, without I/O: {@code RawSuperBlock}, {@code RawInode},
 *       {@code DirectoryBlock}, {@code Bitmap}; {@code Geometry}, the checked constants everything
 *       else computes with; {@code Features}.
 *   <li><b>Volume.</b> {@code Volume} holds a mounted file system's state; {@code BlockAllocator}
 *       and {@code InodeAllocator} give out and take back; {@code PendingFrees} keeps freed blocks
 *       from being used before the device has forgotten their owner, {@code PendingNumbers} freed
 *       inode numbers before it has forgotten their names; {@code InodeTable} finds inodes.
 *   <li><b>Files.</b> {@code Ext2Inode} with its {@code BlockTree}, of which {@code BlockRemoval}
 *       takes blocks away; {@code Directory}; {@code Ext2Inodes}, the life of inodes.
 *   <li><b>Contracts.</b> {@link dev.sekiso.filesystems.ext2.Ext2FileSystem}, {@code
 *       Ext2SuperOperations}, {@code Ext2InodeOperations}, {@code Ext2Files}, {@code
 *       Ext2DirectoryFiles}.
 * </ol>
 *
 * <h2>Durability</h2>
 *
 * {@code fsync} writes and waits for: the pages, the indirect blocks, the inode's block in the
 * table; then it flushes the device. Bitmaps, counters and the super block follow some time; e2fsck
 * derives them anew. For {@code e2fsck -fy} to keep all that was synced whatever a power cut left
 * of the rest, three rules hold beyond the kernel's: freed blocks wait ({@code PendingFrees}),
 * freed inode numbers wait ({@code PendingNumbers}), and names are written so that any mixture of a
 * block's old and new sectors is a directory with all the names that were in both ({@code
 * DirectoryBlock}).
 *
 * <h2>Corruption</h2>
 *
 * Nothing from the device is believed: every block number, length and count is checked where it is
 * used, walks are bounded, and what is wrong becomes EUCLEAN with inode, block and field, after
 * {@code errors=} has been obeyed.
 *
 * <h2>Locks, in order</h2>
 *
 * Inode locks (taken by the VFS) → settling of inode numbers → barrier of a file's pages → folio
 * lock → tree lock → settling of blocks → gate of the pending frees → folio lock of the device;
 * then only monitors: group, windows, block states. Nothing waits with a monitor held.
 */
package dev.sekiso.filesystems.ext2;
