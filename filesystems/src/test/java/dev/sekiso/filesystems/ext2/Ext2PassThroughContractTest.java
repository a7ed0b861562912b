package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

/** The same on a page cache that keeps nothing, with 128-byte inodes. */
class Ext2PassThroughContractTest extends FileSystemContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws ErrnoException {
    return new Ext2UnderTest(
        onMachine,
        TestStack.Caching.PASS_THROUGH,
        VfsSettings.DEFAULT.withUnusedDentries(50).withUnusedInodes(20),
        room == Room.SCARCE ? 4 << 20 : 96 << 20,
        Ext2Format.DEFAULT
            .withBlockSize(1024)
            .withInodeSize(128)
            .withInodes(room == Room.SCARCE ? 256 : 12000)
            .withTables(Ext2Format.Tables.ZEROED));
  }
}
