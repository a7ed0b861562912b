/**
 * What file systems on block devices share: the kernel's {@code mpage.c}, {@code buffer.c} and the
 * simple part of {@code iomap}.
 *
 * <h2>Data</h2>
 *
 * A file system says where a file's blocks lie ({@link
 * dev.sekiso.filesystems.block.BlockMappedFile}); {@link
 * dev.sekiso.filesystems.block.BlockMappedOperations} does the rest of the page cache's contract.
 * {@code FolioReader} brings folios in, {@code BlockStore} prepares them for stores and finishes
 * these, {@code FolioWriter} writes them back, {@code DirectTransfer} goes past them, and {@code
 * FolioBlocks} knows their blocks.
 *
 * <p>Reads and writes of neighbouring folios whose blocks are neighbours too travel in one bio,
 * submitted under a plug. A folio whose blocks lie apart travels in pieces; its last piece ends it.
 * Completions run in any context, set states, end folios, and wait for nothing.
 *
 * <h2>Blocks smaller than folios</h2>
 *
 * A folio then has a state per block: up to date, dirty. Only dirty blocks are written. A block
 * that was never read and is overwritten whole is not read.
 *
 * <h2>Metadata</h2>
 *
 * {@link dev.sekiso.filesystems.block.BufferCache} gives blocks of a device as slices of the
 * device's own pages ({@link dev.sekiso.filesystems.block.Buffer}), tracked in units of 512 bytes.
 * Changes are marked, and written by the flusher of the device, by {@code sync}, or, when a block
 * is associated with a file ({@link dev.sekiso.filesystems.block.AssociatedBuffers}), by the file's
 * {@code fsync}.
 *
 * <p>What it takes to find the blocks of the next windows is read before the data of this one
 * ({@link dev.sekiso.filesystems.block.BlockMappedFile#expect}), unless the device spins.
 *
 * <h2>Locks</h2>
 *
 * Inode lock → folio lock of a file → (mapping a block:) the file system's tree lock → folio lock
 * of the device. A completion takes only monitors.
 */
package dev.sekiso.filesystems.block;
