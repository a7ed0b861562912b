package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemConcurrencyContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class RamConcurrencyTest extends FileSystemConcurrencyContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new RamUnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        1024,
        VfsSettings.DEFAULT.withUnusedDentries(6).withUnusedInodes(3),
        "");
  }
}
