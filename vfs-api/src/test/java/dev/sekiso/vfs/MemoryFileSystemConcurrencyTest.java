package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;
import org.junit.jupiter.api.Nested;

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

  /** The same with nothing cached that nobody holds. */
  @Nested
  class WithoutCaches extends FileSystemConcurrencyContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
      VfsSettings none = VfsSettings.DEFAULT.withUnusedDentries(0).withUnusedInodes(0);
      MemoryFileSystemUnderTest made = new MemoryFileSystemUnderTest(onMachine, none);
      made.store.latencyNanos = 1_000;
      return made;
    }
  }
}
