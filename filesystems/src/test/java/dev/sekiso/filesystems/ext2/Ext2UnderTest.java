package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemUnderTest;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** An ext2 made by ourselves on a disk in memory; checked by e2fsck at the end, if installed. */
final class Ext2UnderTest implements FileSystemUnderTest {

  private static final String DISK = "vda";

  private final TestStack stack;
  private final Media media;
  private final Geometry geometry;

  Ext2UnderTest(
      Machine machine,
      TestStack.Caching caching,
      VfsSettings settings,
      long bytes,
      Ext2Format format)
      throws ErrnoException {
    this.stack = new TestStack(machine, caching, 2048, settings);
    this.media = TestStack.newMedia(bytes);
    BlockDevice disk = stack.addDisk(DISK, media);
    format.write(machine, disk);
    this.geometry = format.geometry(bytes, 512);
  }

  @Override
  public Vfs vfs() {
    return stack.vfs;
  }

  @Override
  public void mount(Set<MountFlag> flags) throws ErrnoException {
    stack.vfs.mount(DISK, "/", "ext2", flags, "");
  }

  @Override
  public boolean keepsFiles() {
    return true;
  }

  @Override
  public int maximumLinks() {
    return 32000;
  }

  @Override
  public long timeGranularityNanos() {
    return geometry.inodeSize() >= 160 ? 1 : 1_000_000_000L;
  }

  @Override
  public long maximumFileSize() {
    return geometry.maximumFileSize();
  }

  @Override
  public boolean supportsExchange() {
    return false;
  }

  @Override
  public boolean punchesHoles() {
    return true;
  }

  @Override
  public void close() throws Exception {
    stack.close();
    assertThat(stack.writeback.attachedCount()).as("backing devices attached").isZero();
    if (!E2fsprogs.isInstalled()) {
      return;
    }
    Path image = Files.createTempFile("sekiso-", ".ext2");
    try {
      E2fsprogs.assertClean(TestStack.save(media, image));
    } finally {
      Files.delete(image);
    }
  }
}
