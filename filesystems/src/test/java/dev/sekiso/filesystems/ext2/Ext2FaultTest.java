package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.blockdev.target.VolatileCache;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Devices that fail: the error reaches who must hear it, and nothing is kept as good that is not.
 */
class Ext2FaultTest {

  private interface Body {
    void run(TestStack stack, FaultyDevice disk) throws Exception;
  }

  private static void run(int blockSize, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(3);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      Media media = TestStack.newMedia(8 << 20);
      BlockDevice cache =
          new VolatileCache(machine, "cache", TestStack.newDisk(machine, "media", media), 1);
      FaultyDevice disk = new FaultyDevice(machine, "vda", cache, 1);
      stack.add(disk);
      Ext2Format.DEFAULT.withBlockSize(blockSize).write(machine, disk);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      body.run(stack, disk);
      disk.clearFaults();
      stack.close();
    });
  }

  private static OpenFile create(TestStack stack, String path) throws ErrnoException {
    return stack.vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
  }

  @Test
  void failedWriteback_isToldOnceToEachOpenFile() throws Exception {
    for (int blockSize : new int[] {1024, 4096}) {
      run(
          blockSize,
          (stack, disk) -> {
            OpenFile first = create(stack, "/f");
            OpenFile second = stack.vfs.open("/f", OpenFlag.READ_WRITE);
            stack.vfs.write(first, new byte[10_000]);
            disk.inject(Fault.error(Errno.EIO).on(BioOperation.WRITE));
            assertThatThrownBy(() -> stack.vfs.fsync(first)).hasMessageContaining("EIO");
            disk.clearFaults();
            stack.vfs.fsync(first);
            assertThatThrownBy(() -> stack.vfs.fsync(second)).hasMessageContaining("EIO");
            stack.vfs.fsync(second);
            stack.vfs.close(first);
            stack.vfs.close(second);
          });
    }
  }

  @Test
  void failedFlush_failsFsync() throws Exception {
    run(
        1024,
        (stack, disk) -> {
          OpenFile file = create(stack, "/f");
          stack.vfs.write(file, new byte[100]);
          disk.inject(Fault.error(Errno.EIO).on(BioOperation.FLUSH));
          assertThatThrownBy(() -> stack.vfs.fsync(file)).hasMessageContaining("EIO");
          disk.clearFaults();
          stack.vfs.fsync(file);
          stack.vfs.close(file);
        });
  }

  @Test
  void failedRead_leavesNothingCached() throws Exception {
    run(
        1024,
        (stack, disk) -> {
          byte[] content = new byte[50_000];
          new Random(5).nextBytes(content);
          OpenFile file = create(stack, "/f");
          stack.vfs.write(file, content);
          stack.vfs.close(file);
          stack.vfs.unmount("/");
          stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
          OpenFile again = stack.vfs.open("/f", OpenFlag.READ_ONLY);
          disk.inject(Fault.error(Errno.EIO).on(BioOperation.READ));
          byte[] found = new byte[content.length];
          assertThatThrownBy(() -> stack.vfs.pread(again, found, 0)).hasMessageContaining("EIO");
          disk.clearFaults();
          assertThat(stack.vfs.pread(again, found, 0)).isEqualTo(content.length);
          assertThat(found).isEqualTo(content);
          stack.vfs.close(again);
        });
  }

  @Test
  void failedMetadataRead_failsTheCallAndWorksLater() throws Exception {
    run(
        1024,
        (stack, disk) -> {
          stack.vfs.mkdir("/d", 0755);
          stack.vfs.close(create(stack, "/d/f"));
          stack.vfs.unmount("/");
          stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
          disk.inject(Fault.error(Errno.EIO).on(BioOperation.READ));
          assertThatThrownBy(() -> stack.vfs.stat("/d/f")).hasMessageContaining("EIO");
          disk.clearFaults();
          assertThat(stack.vfs.stat("/d/f").size()).isZero();
        });
  }

  @Test
  void fsync_ofCleanFile_stillFlushes() throws Exception {
    run(
        4096,
        (stack, disk) -> {
          OpenFile file = create(stack, "/f");
          stack.vfs.write(file, new byte[100]);
          stack.vfs.fsync(file);
          long flushes = disk.counters().flushRequests();
          long writes = disk.counters().writeSectors();
          stack.vfs.fsync(file);
          assertThat(disk.counters().flushRequests()).isEqualTo(flushes + 1);
          assertThat(disk.counters().writeSectors()).isEqualTo(writes);
          stack.vfs.close(file);
        });
  }

  @Test
  void fdatasync_afterOverwrite_writesDataAlone() throws Exception {
    run(
        4096,
        (stack, disk) -> {
          OpenFile file = create(stack, "/f");
          stack.vfs.write(file, new byte[4096]);
          stack.vfs.fsync(file);
          stack.machine.sleep(2_000_000_000L);
          stack.vfs.pwrite(file, new byte[] {1}, 7);
          long writes = disk.counters().writeSectors();
          stack.vfs.fdatasync(file);
          assertThat(disk.counters().writeSectors()).isEqualTo(writes + 8);
          stack.vfs.fsync(file);
          assertThat(disk.counters().writeSectors()).isEqualTo(writes + 16);
          stack.vfs.close(file);
        });
  }

  /** A removed file's blocks go to others only after a flush that follows the removal. */
  @Test
  void freedBlocks_waitForAFlushBeforeReuse() throws Exception {
    run(
        1024,
        (stack, disk) -> {
          int blocks = (int) stack.vfs.statfs("/").freeBlocks() * 2 / 3;
          fill(stack, "/a", blocks);
          stack.vfs.unlink("/a");
          long flushes = disk.counters().flushRequests();
          fill(stack, "/b", blocks / 4);
          assertThat(disk.counters().flushRequests()).isEqualTo(flushes);
          fill(stack, "/c", blocks / 2);
          assertThat(disk.counters().flushRequests()).isEqualTo(flushes + 1);
        });
  }

  private static void fill(TestStack stack, String path, int blocks) throws ErrnoException {
    OpenFile file = create(stack, path);
    byte[] piece = new byte[16 * 1024];
    for (int done = 0; done < blocks; done += 16) {
      assertThat(stack.vfs.write(file, piece)).isEqualTo(piece.length);
      stack.writeback.flush();
    }
    stack.vfs.close(file);
  }
}
