package dev.sekiso.vfs;

/** A place in the tree: a dentry seen through a mount (the kernel's {@code struct path}). */
record Path(Mount mount, Dentry dentry) {

  Inode inode() {
    return dentry.inode();
  }

  /** Takes references on both; the caller holds some already. */
  Path get() {
    mount.get();
    dentry.get();
    return this;
  }

  void put() {
    dentry.put();
    mount.put();
  }

  @Override
  public String toString() {
    return mount.superBlock() + ":" + dentry;
  }
}
