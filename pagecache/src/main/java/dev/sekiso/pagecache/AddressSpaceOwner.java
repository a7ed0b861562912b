package dev.sekiso.pagecache;

/**
 * Something whose data is cached: inodes of file systems implement it, so that writeback finds the
 * pages of an inode it knows otherwise only as the VFS's.
 */
public interface AddressSpaceOwner {

  AddressSpace addressSpace();
}
