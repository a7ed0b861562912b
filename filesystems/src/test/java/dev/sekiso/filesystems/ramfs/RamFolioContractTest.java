package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class RamFolioContractTest extends FileSystemContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new RamUnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        20480,
        VfsSettings.DEFAULT.withUnusedDentries(50).withUnusedInodes(20),
        room == Room.SCARCE ? "size=2m,nr_inodes=200" : "");
  }
}
