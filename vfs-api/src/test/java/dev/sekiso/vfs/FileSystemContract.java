package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;
import org.junit.jupiter.api.Nested;

/**
 * What every file system does when it is used through the VFS, one task at a time. A file system
 * proves itself by one subclass, which says how to make one; each subject is a nested class.
 */
public abstract class FileSystemContract extends FileSystemHarness {

  @Nested
  class Data extends FileDataContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class ScarceRoom extends ScarceRoomContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class Directories extends DirectoryContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class Names extends NameContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class Renames extends RenameContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class AttributesOfFiles extends AttributeContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }

  @Nested
  class Mounts extends MountContract {
    @Override
    protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) throws Exception {
      return FileSystemContract.this.newFileSystem(onMachine, room);
    }
  }
}
