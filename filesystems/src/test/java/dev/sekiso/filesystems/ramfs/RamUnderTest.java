package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsSettings;
import java.util.Set;

/** A ramfs on a page cache. */
final class RamUnderTest implements FileSystemUnderTest {

  private final TestStack stack;
  private final String options;

  RamUnderTest(
      Machine machine, TestStack.Caching caching, int pages, VfsSettings settings, String options) {
    this.stack = new TestStack(machine, caching, pages, settings);
    this.options = options;
  }

  @Override
  public Vfs vfs() {
    return stack.vfs;
  }

  @Override
  public void mount(Set<MountFlag> flags) throws ErrnoException {
    stack.vfs.mount("none", "/", "ramfs", flags, options);
  }

  @Override
  public boolean keepsFiles() {
    return false;
  }

  @Override
  public int maximumLinks() {
    return Integer.MAX_VALUE;
  }

  @Override
  public long timeGranularityNanos() {
    return 1;
  }

  @Override
  public long maximumFileSize() {
    return RamVolume.MAXIMUM_FILE_SIZE;
  }

  @Override
  public boolean supportsExchange() {
    return true;
  }

  @Override
  public boolean punchesHoles() {
    return true;
  }

  @Override
  public boolean reservesSpace() {
    return true;
  }

  @Override
  public void close() throws ErrnoException {
    stack.close();
  }
}
