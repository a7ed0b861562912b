package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holes punched into files whose blocks hang from all levels of the tree, against a map of blocks:
 * after every step the file has exactly the data blocks of the map and the indirect blocks it takes
 * to reach them. What is on the device at the end e2fsck finds clean, and debugfs reads the same.
 */
class Ext2HoleTest {

  private static final int PUNCH = FileOperations.PUNCH_HOLE | FileOperations.KEEP_SIZE;

  @TempDir Path directory;
  private Media media;

  private interface Body {
    void run(TestStack stack) throws Exception;
  }

  /** Runs a body on a fresh file system; gives the image it leaves. */
  private Path onExt2(int blockSize, long seed, Body body) throws Exception {
    media = TestStack.newMedia(16 << 20);
    SimulatedMachine machine = new SimulatedMachine(seed);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      BlockDevice disk = stack.addDisk("vda", media);
      Ext2Format.DEFAULT.withBlockSize(blockSize).write(machine, disk);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      body.run(stack);
      stack.close();
    });
    return TestStack.save(media, directory.resolve("holes.img"));
  }

  private static OpenFile open(Vfs vfs) throws Exception {
    return vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
  }

  @ParameterizedTest
  @CsvSource({"1024, 1", "1024, 2", "1024, 3", "2048, 4", "4096, 5", "4096, 6"})
  void randomHoles_atAllLevels_leaveExactlyWhatIsNeeded(int blockSize, long seed) throws Exception {
    Model[] model = new Model[1];
    Path image =
        onExt2(
            blockSize,
            seed,
            stack -> {
              OpenFile file = open(stack.vfs);
              model[0] = new Model(stack.vfs, file, blockSize, new Random(seed));
              for (int step = 0; step < 250; step++) {
                model[0].step();
                model[0].check("step " + step);
              }
              stack.vfs.close(file);
            });
    if (E2fsprogs.isInstalled()) {
      E2fsprogs.assertClean(image);
      checkDump(image, model[0]);
    }
  }

  private void checkDump(Path image, Model model) throws Exception {
    if (model.size > 1L << 28) {
      // debugfs would write out the holes.
      return;
    }
    Path dump = directory.resolve("dump");
    E2fsprogs.debugfs(image, "dump /f " + dump);
    byte[] expected = new byte[(int) model.size];
    model.blocks.forEach((block, fill) -> {
      int from = (int) (block * model.blockSize);
      Arrays.fill(expected, from, Math.min(from + model.blockSize, expected.length), fill);
    });
    assertThat(Arrays.mismatch(Files.readAllBytes(dump), expected))
        .as("debugfs dump")
        .isEqualTo(-1);
  }

  /** Which blocks the file has, and the byte each is full of. */
  private static final class Model {
    private final Vfs vfs;
    private final OpenFile file;
    private final int blockSize;
    private final long pointers;
    private final Random random;
    private final TreeMap<Long, Byte> blocks = new TreeMap<>();
    private long size;

    Model(Vfs vfs, OpenFile file, int blockSize, Random random) {
      this.vfs = vfs;
      this.file = file;
      this.blockSize = blockSize;
      this.pointers = blockSize / 4;
      this.random = random;
    }

    /** A block close to where the tree's shape changes. */
    private long place() {
      long doubles = 12 + pointers;
      long triples = doubles + pointers * pointers;
      long[] marks = {
        0,
        12,
        doubles,
        doubles + pointers,
        doubles + (random.nextInt((int) pointers)) * pointers,
        triples,
        triples + pointers,
        triples + pointers * pointers
      };
      int level = random.nextInt(marks.length);
      return Math.max(0, marks[level] + random.nextInt(9) - 4);
    }

    void step() throws Exception {
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> {
          long block = place();
          byte fill = (byte) (1 + random.nextInt(255));
          byte[] data = new byte[blockSize * (1 + random.nextInt(5))];
          Arrays.fill(data, fill);
          assertThat(vfs.pwrite(file, data, block * blockSize)).isEqualTo(data.length);
          for (int i = 0; i < data.length / blockSize; i++) {
            blocks.put(block + i, fill);
          }
          size = Math.max(size, block * blockSize + data.length);
        }
        case 4, 5, 6 -> {
          long one = place();
          long other = random.nextInt(3) == 0 ? one + 1 + random.nextInt(3) : place();
          long first = Math.min(one, other);
          long end = Math.max(one, other) + 1;
          vfs.fallocate(file, PUNCH, first * blockSize, (end - first) * blockSize);
          blocks.subMap(first, end).clear();
        }
        default -> {
          if (random.nextInt(4) == 0) {
            long end = place();
            vfs.ftruncate(file, end * blockSize);
            blocks.tailMap(end).clear();
            size = end * blockSize;
          } else {
            vfs.fsync(file);
            vfs.fadvise(file, 0, 0, 4);
          }
        }
      }
    }

    /** Data blocks, and every indirect block that leads to one. */
    private long expectedBlocks() {
      Set<String> indirect = new HashSet<>();
      for (long block : blocks.keySet()) {
        long rest = block - 12;
        if (rest < 0) {
          continue;
        }
        int level = 1;
        for (long span = pointers; rest >= span; span *= pointers) {
          rest -= span;
          level++;
        }
        for (int depth = 0; depth < level; depth++) {
          rest /= pointers;
          indirect.add(level + "/" + depth + "/" + rest);
        }
      }
      return blocks.size() + indirect.size();
    }

    void check(String when) throws Exception {
      Attributes found = vfs.fstat(file);
      assertThat(found.size()).as("size at " + when).isEqualTo(size);
      assertThat(found.blocks() * 512 / blockSize)
          .as("blocks at " + when)
          .isEqualTo(expectedBlocks());
      byte[] data = new byte[blockSize];
      for (int i = 0; i < 20; i++) {
        long block = place();
        int count = vfs.pread(file, data, block * blockSize);
        assertThat(count).isEqualTo((int) Math.clamp(size - block * blockSize, 0, blockSize));
        byte fill = blocks.getOrDefault(block, (byte) 0);
        for (int at = 0; at < count; at++) {
          assertThat(data[at]).as("block %d at %s", block, when).isEqualTo(fill);
        }
      }
      for (long block : blocks.keySet()) {
        assertThat(vfs.pread(file, data, block * blockSize)).isPositive();
        assertThat(data[0]).as("block %d at %s", block, when).isEqualTo(blocks.get(block));
      }
    }
  }

  /** What fdatasync writes leads to the punched file. */
  @Test
  void fdatasync_afterPunching_makesTheHoleDurable() throws Exception {
    Path image =
        onExt2(
            1024,
            1,
            stack -> {
              OpenFile file = open(stack.vfs);
              byte[] data = new byte[400_000];
              Arrays.fill(data, (byte) 7);
              stack.vfs.pwrite(file, data, 0);
              stack.vfs.sync();
              stack.vfs.fallocate(file, PUNCH, 10_000, 380_000);
              stack.vfs.fdatasync(file);
              Path copy = TestStack.save(media, directory.resolve("synced.img"));
              if (E2fsprogs.isInstalled()) {
                String blocks = E2fsprogs.debugfs(copy, "stat /f");
                assertThat(blocks).contains("(0-9):").doesNotContain("(12-");
              }
              stack.vfs.close(file);
            });
    if (E2fsprogs.isInstalled()) {
      E2fsprogs.assertClean(image);
    }
  }

  /**
   * The kernel's order: the file counts as changed before it is found that there are no extents.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 0x01, 0x08, 0x10, 0x11, 0x20, 0x80})
  void reservation_failsWithEopnotsuppAndTouchesTimes(int mode) throws Exception {
    onExt2(
        1024,
        1,
        stack -> {
          OpenFile file = open(stack.vfs);
          stack.machine.sleep(2_000_000_000L);
          Attributes before = stack.vfs.fstat(file);
          assertThatThrownBy(() -> stack.vfs.fallocate(file, mode, 0, 4096))
              .hasMessageContaining("EOPNOTSUPP")
              .hasMessageContaining("reserves no space");
          Attributes after = stack.vfs.fstat(file);
          assertThat(after.modificationTime()).isGreaterThan(before.modificationTime());
          assertThat(after.blocks()).isZero();
          stack.vfs.close(file);
        });
  }

  /** A file that grows over what lay behind its end shows zeroes, and writes them. */
  @ParameterizedTest
  @CsvSource({"1024, true", "1024, false", "4096, true", "4096, false"})
  void growing_zeroesTheOldLastBlock(int blockSize, boolean byTruncation) throws Exception {
    onExt2(
        blockSize,
        1,
        stack -> {
          OpenFile file = open(stack.vfs);
          byte[] data = new byte[9000];
          Arrays.fill(data, (byte) 7);
          stack.vfs.pwrite(file, data, 0);
          stack.vfs.fsync(file);
          AddressSpace pages = ((Ext2Inode) file.inode()).addressSpace();
          assertThat(pages.dirtyPages()).isZero();
          if (byTruncation) {
            stack.vfs.ftruncate(file, 50_000);
          } else {
            stack.vfs.pwrite(file, new byte[] {1}, 50_000);
          }
          assertThat(pages.dirtyPages()).isEqualTo(byTruncation ? 1 : 2);
          stack.vfs.close(file);
        });
  }
}
