package dev.sekiso.stack;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.filesystems.ext2.Ext2FileSystem;
import dev.sekiso.filesystems.ext2.Ext2Format;
import dev.sekiso.filesystems.ramfs.RamFileSystem;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemType;
import java.util.List;

/** Binds file systems. */
final class FileSystemModule extends SeamModule {

  private static final String BLOCK_SIZE = "block_size";
  private static final String INODE_SIZE = "inode_size";
  private static final String BYTES_PER_INODE = "bytes_per_inode";
  private static final String INODES = "inodes";
  private static final String LABEL = "label";
  private static final String RESERVED = "reserved_percent";

  @Override
  protected void configure() {
    choice(
        Seams.FILE_SYSTEM,
        "ext2",
        "the second extended file system; made on blank devices",
        "fs/ext2, e2fsprogs",
        List.of(
            Setting.size(BLOCK_SIZE, "0", 0, 4096, "1k, 2k or 4k; 0: as fits the size"),
            Setting.size(INODE_SIZE, "0", 0, 4096, "bytes of an inode; 0: 256"),
            Setting.size(
                BYTES_PER_INODE, "0", 0, 64L << 20, "one inode for so many bytes; 0: as fits"),
            Setting.integer(INODES, "0", 0, 0xFFFF_FFFFL, "inodes", "number of inodes; 0: as fits"),
            Setting.text(LABEL, "", "volume name, at most 16 bytes"),
            Setting.integer(RESERVED, "5", 0, 50, "percent", "blocks for the super user alone")),
        new Ext2());
    choice(
        Seams.FILE_SYSTEM,
        "ramfs",
        "files that are pages and nothing else",
        "fs/ramfs",
        request -> new RamFileSystem(request.pageCache()));
    choice(
        Seams.FILE_SYSTEM,
        "bdev",
        "a block device as a file",
        "block/bdev.c, block/fops.c",
        Seams.FileSystemRequest::devices);
  }

  private static final class Ext2 implements Seams.FileSystemFactory {

    @Override
    public FileSystemType create(Seams.FileSystemRequest request) {
      return new Ext2FileSystem(request.devices());
    }

    @Override
    public void format(Machine machine, BlockDevice device, Seams.Before before, Values parameters)
        throws ErrnoException {
      Ext2Format format;
      try {
        format =
            Ext2Format.DEFAULT
                .withBlockSize(parameters.integer(BLOCK_SIZE))
                .withInodeSize(parameters.integer(INODE_SIZE))
                .withBytesPerInode(parameters.number(BYTES_PER_INODE))
                .withInodes(parameters.number(INODES))
                .withLabel(parameters.text(LABEL))
                .withReservedPercent(parameters.integer(RESERVED))
                .withTables(
                    before == Seams.Before.ZEROES
                        ? Ext2Format.Tables.ZEROED
                        : Ext2Format.Tables.UNKNOWN);
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException("ext2: " + e.getMessage(), e);
      }
      format.write(machine, device);
    }
  }
}
