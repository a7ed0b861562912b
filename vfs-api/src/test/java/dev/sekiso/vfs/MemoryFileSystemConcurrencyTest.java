package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

class MemoryFileSystemConcurrencyTest extends FileSystemConcurrencyContract {

  @Override
  protected int seeds() {
    return 25;
  }

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    VfsSettings small = VfsSettings.DEFAULT.withUnusedDentries(6).withUnusedInodes(3);
    MemoryFileSystemUnderTest made = new MemoryFileSystemUnderTest(onMachine, small);
    made.store.latencyNanos = 1_000;
    return made;
  }
}
