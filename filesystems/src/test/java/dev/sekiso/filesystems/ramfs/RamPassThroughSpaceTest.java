package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemSpaceContract;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.VfsSettings;

class RamPassThroughSpaceTest extends FileSystemSpaceContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new RamUnderTest(
        onMachine,
        TestStack.Caching.PASS_THROUGH,
        20480,
        VfsSettings.DEFAULT,
        room == Room.SCARCE ? "size=2m,nr_inodes=200" : "");
  }
}
