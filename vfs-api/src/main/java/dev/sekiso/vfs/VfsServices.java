package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

/**
 * What a file system gets from the VFS it is mounted in.
 *
 * @param writeback who writes dirty inodes
 * @param settings the VFS's sizes and costs
 */
public record VfsServices(Machine machine, InodeWriteback writeback, VfsSettings settings) {

  /** With the default settings. */
  public VfsServices(Machine machine, InodeWriteback writeback) {
    this(machine, writeback, VfsSettings.DEFAULT);
  }
}
