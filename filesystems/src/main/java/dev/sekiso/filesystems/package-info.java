/**
 * File systems on top of the VFS contracts, the page cache and block devices: {@code ext2}, {@code
 * ramfs} and block special files.
 *
 * <p>A file system maps file offsets to blocks and turns folios into bios; it decides what is on
 * the disk and in which order it gets there, and leaves to others when that happens.
 */
package dev.sekiso.filesystems;
