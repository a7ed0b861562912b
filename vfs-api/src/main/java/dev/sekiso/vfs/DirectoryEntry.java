package dev.sekiso.vfs;

/**
 * What {@code getdents(2)} tells of a name.
 *
 * @param nextPosition where the directory continues after it ({@code d_off})
 */
public record DirectoryEntry(FileName name, long inode, FileType type, long nextPosition) {}
