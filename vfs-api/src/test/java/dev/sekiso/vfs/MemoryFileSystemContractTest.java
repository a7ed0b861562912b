package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

class MemoryFileSystemContractTest extends FileSystemContract {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new MemoryFileSystemUnderTest(onMachine, room);
  }
}
