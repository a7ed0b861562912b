package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

/** Tests of the VFS itself, on {@link MemoryFileSystem}. */
abstract class VfsTestBase extends FileSystemHarness {

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new MemoryFileSystemUnderTest(onMachine, room);
  }

  final MemoryStore store() {
    return ((MemoryFileSystemUnderTest) fileSystem).store;
  }

  final SuperBlock superBlock() {
    return vfs.mounts().getFirst().superBlock();
  }
}
