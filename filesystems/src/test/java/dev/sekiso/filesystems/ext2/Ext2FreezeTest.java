package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A frozen ext2 is on its device what an unmounted one is, and can be copied. */
class Ext2FreezeTest {

  @TempDir Path directory;

  private interface Body {
    void run(TestStack stack, Media media) throws Exception;
  }

  private static void run(Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      Media media = TestStack.newMedia(4 << 20);
      Ext2Format.DEFAULT
          .withBlockSize(1024)
          .write(machine, stack.add(TestStack.newDisk(machine, "vda", media)));
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      body.run(stack, media);
      stack.close();
    });
  }

  private static void put(Vfs vfs, String path, int bytes) throws ErrnoException {
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    vfs.write(file, new byte[bytes]);
    vfs.close(file);
  }

  private Path copy(Media media) throws Exception {
    return TestStack.save(media, directory.resolve("copy.img"));
  }

  @Test
  void frozen_deviceIsCleanToE2fsck() throws Exception {
    E2fsprogs.assumeInstalled();
    run((stack, media) -> {
      stack.vfs.mkdir("/d", 0755);
      put(stack.vfs, "/d/f", 50_000);
      put(stack.vfs, "/g", 10);
      stack.vfs.unlink("/g");
      OpenFile root = stack.vfs.open("/", OpenFlag.DIRECTORY);
      stack.vfs.freeze(root);
      E2fsprogs.assertClean(copy(media));
      assertThat(E2fsprogs.superBlockField(copy(media), "Filesystem state")).isEqualTo("clean");
      long writes = media.residentBytes();
      stack.vfs.sync();
      stack.vfs.syncfs(root);
      stack.vfs.fsync(root);
      assertThat(media.residentBytes()).isEqualTo(writes);
      assertThat(E2fsprogs.superBlockField(copy(media), "Filesystem state")).isEqualTo("clean");
      stack.vfs.thaw(root);
      assertThat(E2fsprogs.superBlockField(copy(media), "Filesystem state")).isEqualTo("not clean");
      put(stack.vfs, "/h", 100);
      stack.vfs.close(root);
      stack.vfs.unmount("/");
      E2fsprogs.assertClean(copy(media));
    });
  }

  @Test
  void frozen_withRemovedFilesInUse_saysThatACheckIsDue() throws Exception {
    E2fsprogs.assumeInstalled();
    run((stack, media) -> {
      OpenFile file = stack.vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
      stack.vfs.write(file, new byte[5000]);
      stack.vfs.unlink("/f");
      stack.vfs.freeze(file);
      assertThat(E2fsprogs.superBlockField(copy(media), "Filesystem state")).isEqualTo("not clean");
      stack.vfs.thaw(file);
      stack.vfs.close(file);
      OpenFile root = stack.vfs.open("/", OpenFlag.DIRECTORY);
      stack.vfs.freeze(root);
      assertThat(E2fsprogs.superBlockField(copy(media), "Filesystem state")).isEqualTo("clean");
      stack.vfs.thaw(root);
      stack.vfs.close(root);
    });
  }

  @Test
  void ramfs_cannotBeFrozen() throws Exception {
    run((stack, media) -> {
      stack.vfs.mkdir("/ram", 0755);
      stack.vfs.mount("none", "/ram", "ramfs", Set.of(), "");
      OpenFile root = stack.vfs.open("/ram", OpenFlag.DIRECTORY);
      assertThatThrownBy(() -> stack.vfs.freeze(root))
          .hasMessageContaining("EOPNOTSUPP")
          .hasMessageContaining("ramfs");
      stack.vfs.close(root);
    });
  }

  @Test
  void thaw_ofADeviceThatFailedMeanwhile_succeeds_andASyncTells() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      Media media = TestStack.newMedia(4 << 20);
      FaultyDevice disk =
          new FaultyDevice(machine, "vda", TestStack.newDisk(machine, "media", media), 1);
      Ext2Format.DEFAULT.withBlockSize(1024).write(machine, stack.add(disk));
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      OpenFile root = stack.vfs.open("/", OpenFlag.DIRECTORY);
      stack.vfs.freeze(root);
      disk.inject(Fault.error(Errno.EIO).on(BioOperation.WRITE));

      stack.vfs.thaw(root);

      assertThatThrownBy(() -> stack.vfs.thaw(root)).hasMessageContaining("EINVAL");
      assertThatThrownBy(() -> stack.vfs.syncfs(root)).hasMessageContaining("EIO");
      disk.clearFaults();
      put(stack.vfs, "/f", 100);
      stack.vfs.sync();
      stack.vfs.close(root);
      stack.close();
      E2fsprogs.assumeInstalled();
      E2fsprogs.assertClean(copy(media));
    });
  }
}
