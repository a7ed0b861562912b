/**
 * Block devices as files: {@link dev.sekiso.filesystems.bdev.BlockDeviceTable} knows which there
 * are, {@link dev.sekiso.filesystems.bdev.BlockDeviceFileSystem} gives each one inode with one set
 * of pages, which device files of any file system and the metadata of a mounted file system share,
 * so they are coherent with each other. Data of mounted files is cached by file and is not coherent
 * with the device's pages, as in Linux.
 */
package dev.sekiso.filesystems.bdev;
