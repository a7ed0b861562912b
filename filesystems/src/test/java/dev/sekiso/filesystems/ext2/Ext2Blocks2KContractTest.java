package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class Ext2Blocks2KContractTest extends FileSystemContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws ErrnoException {
    return new Ext2UnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        VfsSettings.DEFAULT.withUnusedDentries(50).withUnusedInodes(20),
        room == Room.SCARCE ? 4 << 20 : 96 << 20,
        Ext2Format.DEFAULT
            .withBlockSize(2048)
            .withInodes(room == Room.SCARCE ? 256 : 12000)
            .withTables(Ext2Format.Tables.ZEROED));
  }
}
