package dev.sekiso.vfs;

/**
 * What {@code statfs(2)} tells. Blocks are of {@code blockSize} bytes.
 *
 * @param magic the file system's magic number ({@code f_type})
 * @param availableBlocks free blocks an ordinary user may take
 */
public record FileSystemStatus(
    long magic,
    int blockSize,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long files,
    long freeFiles,
    int maximumNameLength) {}
