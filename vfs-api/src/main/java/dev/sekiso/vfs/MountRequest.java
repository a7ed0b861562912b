package dev.sekiso.vfs;

import java.util.Set;

/**
 * What a mount was asked for.
 *
 * @param source name of the device, or anything for file systems without one
 * @param options the file system's own options, comma-separated, as after {@code mount -o}
 * @param services what the VFS provides to the file system
 */
public record MountRequest(
    String source, Set<MountFlag> flags, String options, VfsServices services) {

  public MountRequest {
    flags = Set.copyOf(flags);
  }
}
