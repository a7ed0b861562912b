/**
 * A file system in the page cache: pages that have been written to are pinned by a reference and so
 * never leave, pages of holes come and go, nothing is ever dirty for long or written anywhere.
 * Names live in maps guarded by their directory's lock. As in Linux, and other than in tmpfs, there
 * is no {@code fallocate(2)} and no freezing: both fail with EOPNOTSUPP.
 */
package dev.sekiso.filesystems.ramfs;
