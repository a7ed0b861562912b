package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemSpaceContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class Ext2Blocks1KSpaceTest extends FileSystemSpaceContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws ErrnoException {
    return new Ext2UnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        VfsSettings.DEFAULT,
        room == Room.SCARCE ? 4 << 20 : 64 << 20,
        Ext2Format.DEFAULT.withBlockSize(1024).withTables(Ext2Format.Tables.ZEROED));
  }
}
