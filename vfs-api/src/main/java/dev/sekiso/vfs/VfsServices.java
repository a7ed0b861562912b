package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

/**
 * What a file system gets from the VFS it is mounted in.
 *
 * @param writeback who writes dirty inodes
 */
public record VfsServices(Machine machine, InodeWriteback writeback) {}
