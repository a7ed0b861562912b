/**
 * A file system in the page cache: pages that have been written to are pinned by a reference and so
 * never leave, pages of holes come and go, nothing is ever dirty for long or written anywhere.
 * Names live in maps guarded by their directory's lock. As in tmpfs, space can be reserved and
 * holes can be punched ({@code fallocate}); as in Linux, there is no freezing.
 */
package dev.sekiso.filesystems.ramfs;
