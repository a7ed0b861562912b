package dev.sekiso.filesystems.ext2;

import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.PageCache;

/** What inodes need from outside the file system: pages, and who accounts for dirty ones. */
record Ext2Services(PageCache pageCache, DirtyListener listener) {

  AddressSpace newAddressSpace(Ext2Inode inode, AddressSpaceOperations operations) {
    return pageCache.newAddressSpace(inode, operations, listener);
  }
}
