package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemSpaceContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class RamFolioSpaceTest extends FileSystemSpaceContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new RamUnderTest(
        onMachine,
        TestStack.Caching.FOLIO,
        20480,
        VfsSettings.DEFAULT,
        room == Room.SCARCE ? "size=2m,nr_inodes=200" : "");
  }
}
