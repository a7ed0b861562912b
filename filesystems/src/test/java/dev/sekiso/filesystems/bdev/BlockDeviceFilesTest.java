package dev.sekiso.filesystems.bdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.filesystems.ext2.Ext2Format;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices as files, by device files of a ramfs. */
class BlockDeviceFilesTest {

  private static final int BYTES = (1 << 20) + 1024;
  private static final int BLOCK_DEVICE = FileType.BLOCK_DEVICE.modeBits() | 0600;

  @TempDir Path directory;

  private interface Body {
    void run(TestStack stack, BlockDevice disk, Media media) throws Exception;
  }

  private static void run(TestStack.Caching caching, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(2);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, caching, 1024);
      Media media = TestStack.newMedia(BYTES);
      BlockDevice disk = TestStack.newDisk(machine, "vda", media);
      long number = stack.table.add(disk);
      stack.vfs.mount("none", "/", "ramfs", Set.of(), "");
      stack.vfs.mknod("/vda", BLOCK_DEVICE, number);
      body.run(stack, disk, media);
      stack.close();
      assertThat(stack.writeback.attachedCount()).isZero();
    });
  }

  @ParameterizedTest
  @EnumSource(TestStack.Caching.class)
  void randomAccess_matchesAModel(TestStack.Caching caching) throws Exception {
    run(
        caching,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          Random random = new Random(9);
          byte[] model = new byte[BYTES];
          for (int i = 0; i < 300; i++) {
            int at = random.nextInt(BYTES);
            byte[] data = new byte[Math.min(BYTES - at, 1 + random.nextInt(9000))];
            if (random.nextBoolean()) {
              random.nextBytes(data);
              assertThat(stack.vfs.pwrite(file, data, at)).isEqualTo(data.length);
              System.arraycopy(data, 0, model, at, data.length);
            } else {
              assertThat(stack.vfs.pread(file, data, at)).isEqualTo(data.length);
              assertThat(data).isEqualTo(Arrays.copyOfRange(model, at, at + data.length));
            }
          }
          stack.vfs.fsync(file);
          assertHolds(media, model);
          stack.vfs.close(file);
        });
  }

  private static void assertHolds(Media media, byte[] model) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(BYTES);
      media.read(0, all);
      assertThat(all.mismatch(MemorySegment.ofArray(model))).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestStack.Caching.class)
  void discard_agreesWithAModel_cachedOrNot(TestStack.Caching caching) throws Exception {
    run(
        caching,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          Random random = new Random(17);
          byte[] model = new byte[BYTES];
          for (int i = 0; i < 200; i++) {
            int at = random.nextInt(BYTES / 512) * 512;
            int length = Math.min(BYTES - at, 512 * (1 + random.nextInt(40)));
            byte[] data = new byte[length];
            switch (random.nextInt(3)) {
              case 0 -> {
                random.nextBytes(data);
                assertThat(stack.vfs.pwrite(file, data, at)).isEqualTo(length);
                System.arraycopy(data, 0, model, at, length);
              }
              case 1 -> {
                stack.vfs.discard(file, at, length);
                Arrays.fill(model, at, at + length, (byte) 0);
              }
              default -> {
                assertThat(stack.vfs.pread(file, data, at)).isEqualTo(length);
                assertThat(data)
                    .as("step %d", i)
                    .isEqualTo(Arrays.copyOfRange(model, at, at + length));
              }
            }
          }
          assertThat(disk.counters().discardRequests()).isPositive();
          stack.vfs.fsync(file);
          assertHolds(media, model);
          stack.vfs.close(file);
        });
  }

  @Test
  void discard_dropsWhatIsDirty_unwritten() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          stack.vfs.pwrite(file, bytes(8192), 0);
          stack.vfs.discard(file, 0, 8192);
          stack.vfs.fsync(file);
          assertThat(disk.counters().writeRequests()).isZero();
          assertThat(disk.counters().discardSectors()).isEqualTo(16);
          stack.vfs.close(file);
        });
  }

  @Test
  void discard_ofADeviceInUse_writesWhatIsDirtyBefore() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          BlockDeviceInode inode = stack.devices.open("vda", file.inode().superBlock().services());
          inode.claim("a test");
          stack.vfs.pwrite(file, bytes(8192), 0);
          assertThatThrownBy(() -> stack.vfs.discard(file, 0, 4096)).hasMessageContaining("EBUSY");
          stack.vfs.fsync(file);
          stack.vfs.discard(file, 0, 4096);
          byte[] data = new byte[8192];
          assertThat(stack.vfs.pread(file, data, 0)).isEqualTo(8192);
          assertThat(data[0]).isZero();
          assertThat(data[4096]).isEqualTo((byte) 7);
          inode.unclaim();
          stack.devices.close(inode);
          stack.vfs.close(file);
        });
  }

  @Test
  void discard_withAMistake_isRefused() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          for (long[] range :
              new long[][] {
                {0, 0},
                {0, -512},
                {-512, 512},
                {1, 512},
                {0, 511},
                {0, BYTES + 512},
                {BYTES, 512},
                {Long.MAX_VALUE - 511, 1024}
              }) {
            assertThatThrownBy(() -> stack.vfs.discard(file, range[0], range[1]))
                .as("%d bytes at %d", range[1], range[0])
                .hasMessageContaining("EINVAL");
          }
          OpenFile reading = stack.vfs.open("/vda", OpenFlag.READ_ONLY);
          assertThatThrownBy(() -> stack.vfs.discard(reading, 0, 512))
              .hasMessageContaining("EBADF");
          stack.vfs.close(reading);
          OpenFile regular = stack.vfs.open("/file", 0600, OpenFlag.READ_WRITE, OpenFlag.CREATE);
          assertThatThrownBy(() -> stack.vfs.discard(regular, 0, 512))
              .hasMessageContaining("ENOTTY");
          stack.vfs.close(regular);
          OpenFile directory = stack.vfs.open("/", OpenFlag.READ_ONLY);
          assertThatThrownBy(() -> stack.vfs.discard(directory, 0, 512))
              .hasMessageContaining("ENOTTY");
          stack.vfs.close(directory);
          stack.vfs.close(file);
          assertThatThrownBy(() -> stack.vfs.discard(file, 0, 512)).hasMessageContaining("EBADF");
          assertThat(disk.counters().discardRequests()).isZero();
        });
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) 7);
    return bytes;
  }

  @Test
  void end_isWhereTheDeviceEnds() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          assertThat(stack.vfs.pwrite(file, new byte[100], BYTES - 10)).isEqualTo(10);
          assertThatThrownBy(() -> stack.vfs.pwrite(file, new byte[1], BYTES))
              .hasMessageContaining("ENOSPC");
          assertThat(stack.vfs.pread(file, new byte[100], BYTES - 10)).isEqualTo(10);
          assertThat(stack.vfs.pread(file, new byte[100], BYTES)).isZero();
          stack.vfs.close(file);
        });
  }

  @Test
  void lastClose_writesAndForgets() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          stack.vfs.pwrite(file, new byte[] {42}, 5000);
          stack.vfs.close(file);
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment sector = arena.allocate(512);
            media.read(9, sector);
            assertThat(sector.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 5000 - 9 * 512))
                .isEqualTo((byte) 42);
          }
          assertThat(stack.pageCache.memory().file()).isZero();
        });
  }

  @Test
  void direct_isCoherentAndChecksAlignment() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          OpenFile cached = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          OpenFile direct = stack.vfs.open("/vda", OpenFlag.READ_WRITE, OpenFlag.DIRECT);
          try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(1024, 4096);
            stack.vfs.pwrite(cached, new byte[] {1, 2, 3}, 600);
            assertThat(stack.vfs.pread(direct, memory, 512)).isEqualTo(1024);
            assertThat(memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 89)).isEqualTo((byte) 2);
            memory.fill((byte) 7);
            assertThat(stack.vfs.pwrite(direct, memory, 512)).isEqualTo(1024);
            byte[] found = new byte[1024];
            stack.vfs.pread(cached, found, 512);
            assertThat(found).containsOnly(7);
            assertThatThrownBy(() -> stack.vfs.pread(direct, memory, 100))
                .hasMessageContaining("EINVAL");
            assertThatThrownBy(() -> stack.vfs.pread(direct, memory.asSlice(0, 100), 512))
                .hasMessageContaining("EINVAL");
          }
          stack.vfs.close(cached);
          stack.vfs.close(direct);
        });
  }

  @Test
  void mountedDevice_sharesMetadataAndIsClaimed() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          Ext2Format.DEFAULT.write(stack.machine, disk);
          stack.vfs.mkdir("/mnt", 0755);
          stack.vfs.mount("vda", "/mnt", "ext2", Set.of(), "");
          BlockDeviceInode second =
              stack.devices.open("vda", stack.vfs.mounts().get(0).superBlock().services());
          assertThatThrownBy(() -> second.claim("somebody else")).hasMessageContaining("EBUSY");
          stack.devices.close(second);
          OpenFile file = stack.vfs.open("/vda", OpenFlag.READ_ONLY);
          byte[] state = new byte[2];
          stack.vfs.pread(file, state, 1024 + 58);
          assertThat(state[0] & 1).as("clean flag while mounted").isZero();
          stack.vfs.unmount("/mnt");
          stack.vfs.pread(file, state, 1024 + 58);
          assertThat(state[0] & 1).as("clean flag after unmount").isOne();
          stack.vfs.close(file);
        });
  }

  @Test
  void unknownDevices_areRefused() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          stack.vfs.mknod("/none", BLOCK_DEVICE, BlockDeviceTable.number(8, 1));
          assertThatThrownBy(() -> stack.vfs.open("/none", OpenFlag.READ_ONLY))
              .hasMessageContaining("ENXIO")
              .hasMessageContaining("8:1");
          assertThatThrownBy(() -> stack.vfs.mount("vdz", "/", "ext2", Set.of(), ""))
              .hasMessageContaining("ENOENT")
              .hasMessageContaining("[vda]");
          assertThatThrownBy(() -> stack.table.add(disk)).hasMessageContaining("already");
          stack.table.remove("vda");
          assertThat(stack.table.names()).isEmpty();
        });
  }

  @Test
  void deviceNumbers_areCodedAsLinuxDoes() {
    long number = BlockDeviceTable.number(259, 1_000_000);
    assertThat(BlockDeviceTable.major(number)).isEqualTo(259);
    assertThat(BlockDeviceTable.minor(number)).isEqualTo(1_000_000);
    assertThat(BlockDeviceTable.number(8, 1)).isEqualTo(0x801);
  }

  @Test
  void discard_ofBlocksThatAFileSystemHolds_isRefused_andTakesNothingAway() throws Exception {
    run(
        TestStack.Caching.FOLIO,
        (stack, disk, media) -> {
          Ext2Format.DEFAULT.withBlockSize(1024).write(stack.machine, disk);
          stack.vfs.mkdir("/mnt", 0755);
          stack.vfs.mount("vda", "/mnt", "ext2", Set.of(), "");
          OpenFile raw = stack.vfs.open("/vda", OpenFlag.READ_WRITE);
          stack.vfs.sync();

          // The super block, whose buffer is held while the file system is mounted, and is clean.
          assertThatThrownBy(() -> stack.vfs.discard(raw, 0, 4096)).hasMessageContaining("EBUSY");

          assertThat(disk.counters().discardSectors()).isZero();
          // What the file system changes there is what others see, and what is written.
          stack.vfs.mkdir("/mnt/d", 0755);
          stack.vfs.close(raw);
          stack.vfs.unmount("/mnt");
          E2fsprogs.assumeInstalled();
          E2fsprogs.assertClean(TestStack.save(media, directory.resolve("copy.img")));
        });
  }
}
