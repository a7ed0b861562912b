package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.Set;

/** A {@link MemoryFileSystem} under the contract's tests. */
final class MemoryFileSystemUnderTest implements FileSystemUnderTest {

  final MemoryStore store = new MemoryStore();
  final Vfs vfs;

  MemoryFileSystemUnderTest(Machine machine, FileSystemHarness.Room room) {
    this(machine, VfsSettings.DEFAULT.withUnusedDentries(50).withUnusedInodes(20));
    if (room == FileSystemHarness.Room.SCARCE) {
      store.maximumPages = 512;
      store.maximumNodes = 200;
    }
  }

  MemoryFileSystemUnderTest(Machine machine, VfsSettings settings) {
    this(machine, settings, DeviceFiles.NONE);
  }

  MemoryFileSystemUnderTest(Machine machine, VfsSettings settings, DeviceFiles devices) {
    vfs = new Vfs(new VfsServices(machine, InodeWriteback.NONE, settings), devices);
    vfs.register(new MemoryFileSystem(store));
  }

  @Override
  public Vfs vfs() {
    return vfs;
  }

  @Override
  public void mount(Set<MountFlag> flags) throws ErrnoException {
    vfs.mount("store", "/", "memory", flags, "");
  }

  @Override
  public boolean keepsFiles() {
    return true;
  }

  @Override
  public int maximumLinks() {
    return MemoryFileSystem.MAXIMUM_LINKS;
  }

  @Override
  public long timeGranularityNanos() {
    return 1;
  }

  @Override
  public long maximumFileSize() {
    return MemoryFileSystem.MAXIMUM_FILE_SIZE;
  }

  @Override
  public boolean supportsExchange() {
    return true;
  }
}
