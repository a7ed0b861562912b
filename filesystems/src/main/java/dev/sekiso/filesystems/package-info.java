/**
 * File systems on top of the VFS contracts, the page cache and block devices.
 *
 * <p>A file system maps file offsets to blocks and turns folios into bios; it decides what is on
 * the disk and in which order it gets there, and leaves to others when that happens.
 *
 * <ul>
 *   <li>{@link dev.sekiso.filesystems.ext2}: the second extended file system and its maker;
 *   <li>{@link dev.sekiso.filesystems.ramfs}: files that are pages and nothing else;
 *   <li>{@link dev.sekiso.filesystems.bdev}: block devices as files;
 *   <li>{@link dev.sekiso.filesystems.memory}: device files without a device;
 *   <li>{@link dev.sekiso.filesystems.block}: what those on devices share: mapped files, metadata
 *       blocks, direct transfer.
 * </ul>
 *
 * <p>Put together by hand:
 *
 * <pre>{@code
 * BlockDeviceTable table = new BlockDeviceTable();
 * table.add(device);
 * BlockDeviceFileSystem devices = new BlockDeviceFileSystem(table, pageCache);
 * Vfs vfs = new Vfs(new VfsServices(machine, writeback), devices);
 * vfs.register(devices);
 * vfs.register(new Ext2FileSystem(devices));
 * vfs.register(new RamFileSystem(pageCache));
 * }</pre>
 */
package dev.sekiso.filesystems;
