package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemConcurrencyContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class Ext2ConcurrencyTest extends FileSystemConcurrencyContract {

  @Override
  protected int seeds() {
    return 5;
  }

  @Override
  protected int steps() {
    return 80;
  }

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws ErrnoException {
    return new Ext2UnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        VfsSettings.DEFAULT.withUnusedDentries(6).withUnusedInodes(3),
        8 << 20,
        Ext2Format.DEFAULT.withBlockSize(1024).withTables(Ext2Format.Tables.ZEROED));
  }
}
