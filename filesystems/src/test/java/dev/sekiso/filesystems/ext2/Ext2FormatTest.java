package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ext2FormatTest {

  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;
  private static final long TIB = 1L << 40;

  @TempDir Path directory;

  private static Media format(long bytes, Ext2Format format) throws ErrnoException {
    Media media = TestStack.newMedia(bytes);
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      BlockDevice disk = TestStack.newDisk(machine, "vda", media);
      format.write(machine, disk);
      disk.close();
    });
    return media;
  }

  @ParameterizedTest
  @CsvSource({
    "64, 1024, 128, 16",
    "64, 1024, 256, 0",
    "100, 1024, 256, 0",
    "128, 2048, 256, 16",
    "256, 4096, 256, 16",
    "1440, 1024, 128, 0",
    "8193, 1024, 256, 0",
    "8200, 1024, 256, 0",
    "8250, 1024, 256, 0",
    "16500, 1024, 1024, 0",
    "40000, 2048, 512, 5000",
    "140000, 4096, 4096, 0",
    "300000, 4096, 256, 0",
    "300000, 1024, 128, 250000"
  })
  void write_manyShapes_isClean(long kib, int blockSize, int inodeSize, long inodes)
      throws Exception {
    E2fsprogs.assumeInstalled();
    for (Ext2Format.Backups backups : Ext2Format.Backups.values()) {
      Ext2Format format =
          Ext2Format.DEFAULT
              .withBlockSize(blockSize)
              .withInodeSize(inodeSize)
              .withInodes(inodes)
              .withBackups(backups);
      E2fsprogs.assertClean(
          TestStack.save(format(kib * KIB, format), directory.resolve("format.img")));
    }
  }

  @Test
  void write_oneTebibyte_writesOnlyWhatItMust() throws Exception {
    Ext2Format format = Ext2Format.DEFAULT.withTables(Ext2Format.Tables.ZEROED);
    Media media = format(TIB, format);
    assertThat(media.residentBytes()).isLessThan(900 * MIB);
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 2048);
      stack.addDisk("vda", media);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      assertThat(stack.vfs.statfs("/").blocks() * 4096).isGreaterThan(TIB / 10 * 9);
      stack.vfs.mkdir("/d", 0755);
      stack.close();
    });
  }

  @Test
  void write_namedFileSystem_tellsDumpe2fs() throws Exception {
    E2fsprogs.assumeInstalled();
    UUID uuid = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
    Ext2Format format =
        Ext2Format.DEFAULT.withLabel("sekisō").withUuid(uuid).withReservedPercent(10);
    Path image = TestStack.save(format(8 * MIB, format), directory.resolve("named.img"));
    assertThat(E2fsprogs.superBlockField(image, "Filesystem UUID")).isEqualTo(uuid.toString());
    assertThat(E2fsprogs.superBlockField(image, "Reserved block count")).isEqualTo("819");
    assertThat(E2fsprogs.superBlockField(image, "Filesystem state")).isEqualTo("clean");
    assertThat(E2fsprogs.superBlockField(image, "Filesystem volume name")).startsWith("sekis");
  }

  @Test
  void write_backupSuperBlock_mounts() throws Exception {
    Media media = format(64 * MIB, Ext2Format.DEFAULT.withBlockSize(1024));
    media.zero(2, 4);
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
      stack.addDisk("vda", media);
      assertThatThrownBy(() -> stack.vfs.mount("vda", "/", "ext2", Set.of(), ""))
          .hasMessageContaining("EINVAL")
          .hasMessageContaining("magic");
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "sb=8193");
      assertThat(stack.vfs.stat("/lost+found").inode()).isEqualTo(11);
      stack.close();
    });
  }

  @ParameterizedTest
  @CsvSource({"16384, 0, 'no room'", "65536, 200000, 'inodes'", "4096, 0, 'no '"})
  void write_tooSmall_saysWhatToChange(long bytes, long inodes, String message) {
    assertThatThrownBy(
            () -> format(bytes, Ext2Format.DEFAULT.withBlockSize(1024).withInodes(inodes)))
        .isInstanceOf(ErrnoException.class)
        .hasMessageContaining("EINVAL")
        .hasMessageContaining(message);
  }

  @Test
  void values_outOfRange_areRefused() {
    Ext2Format format = Ext2Format.DEFAULT;
    assertThatThrownBy(() -> format.withBlockSize(512)).hasMessageContaining("block size");
    assertThatThrownBy(() -> format.withInodeSize(192)).hasMessageContaining("inode size");
    assertThatThrownBy(() -> format.withBytesPerInode(1)).hasMessageContaining("bytes per inode");
    assertThatThrownBy(() -> format.withReservedPercent(51)).hasMessageContaining("reserved");
    assertThatThrownBy(() -> format.withLabel("a label of 17 byt")).hasMessageContaining("label");
    assertThatThrownBy(() -> format.withInodes(-1)).hasMessageContaining("inodes");
    assertThatThrownBy(() -> format.withSize(-1)).hasMessageContaining("size");
    assertThatThrownBy(() -> format(MIB, format.withSize(GIB))).hasMessageContaining("EINVAL");
  }
}
