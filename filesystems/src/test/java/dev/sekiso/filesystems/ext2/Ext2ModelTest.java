package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files written, past the cache, too, cut, extended, punched and synced at random, each compared
 * with an array of bytes after every step, remounted now and then, checked by e2fsck at the end.
 */
class Ext2ModelTest {

  private static final int LIMIT = 600_000;
  private static final int SEEDS = 6;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "1024, FOLIO",
    "2048, FOLIO",
    "4096, FOLIO",
    "1024, PASS_THROUGH",
    "4096, PASS_THROUGH"
  })
  void randomChanges_matchAModel(int blockSize, TestStack.Caching caching) throws Exception {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Media media = TestStack.newMedia(12 << 20);
      long chosen = seed;
      SimulatedMachine machine = new SimulatedMachine(seed);
      try {
        machine.run(() -> run(machine, media, blockSize, caching, chosen));
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      if (E2fsprogs.isInstalled()) {
        E2fsprogs.assertClean(TestStack.save(media, directory.resolve("model.img")));
      }
    }
  }

  private static void run(
      SimulatedMachine machine, Media media, int blockSize, TestStack.Caching caching, long seed)
      throws Exception {
    TestStack stack = new TestStack(machine, caching, 1024);
    BlockDevice disk = stack.addDisk("vda", media);
    Ext2Format.DEFAULT.withBlockSize(blockSize).write(machine, disk);
    stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
    long free = stack.vfs.statfs("/").freeBlocks();
    List<Task> tasks = new ArrayList<>();
    List<AssertionError> failures = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 3; i++) {
        Random random = new Random(seed * 1000 + round * 10 + i);
        String path = "/file" + round + i;
        tasks.add(
            machine.spawn(
                path,
                TaskKind.USER,
                () -> {
                  try (Arena arena = Arena.ofShared()) {
                    new Model(stack, path, random, arena).work(60);
                  } catch (ErrnoException | AssertionError e) {
                    failures.add(new AssertionError(path + ": " + e.getMessage(), e));
                  }
                }));
      }
      tasks.forEach(Task::join);
      if (!failures.isEmpty()) {
        throw failures.get(0);
      }
      stack.vfs.unmount("/");
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
    }
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 3; i++) {
        stack.vfs.unlink("/file" + round + i);
      }
    }
    assertThat(stack.vfs.statfs("/").freeBlocks()).as("free blocks at the end").isEqualTo(free);
    stack.close();
  }

  /** One file and what must be in it. */
  private static final class Model {
    private final TestStack stack;
    private final Vfs vfs;
    private final String path;
    private final Random random;
    private final MemorySegment direct;
    private byte[] content = new byte[0];

    Model(TestStack stack, String path, Random random, Arena arena) {
      this.stack = stack;
      this.vfs = stack.vfs;
      this.path = path;
      this.random = random;
      this.direct = arena.allocate(64 << 10, 4096);
    }

    void work(int steps) throws ErrnoException {
      OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
      OpenFile directFile = vfs.open(path, OpenFlag.READ_WRITE, OpenFlag.DIRECT);
      for (int step = 0; step < steps; step++) {
        step(file, directFile);
        check(file, "step " + step);
      }
      vfs.close(file);
      vfs.close(directFile);
      OpenFile again = vfs.open(path, OpenFlag.READ_ONLY);
      check(again, "end");
      vfs.close(again);
    }

    private void step(OpenFile file, OpenFile directFile) throws ErrnoException {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          int at = random.nextInt(random.nextBoolean() ? content.length + 3000 : LIMIT);
          byte[] data = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 3000)];
          random.nextBytes(data);
          assertThat(vfs.pwrite(file, data, at)).isEqualTo(data.length);
          store(at, data);
        }
        case 3, 4 -> {
          int size = random.nextInt(random.nextBoolean() ? content.length + 1 : LIMIT);
          vfs.ftruncate(file, size);
          content = Arrays.copyOf(content, size);
        }
        case 5 -> vfs.fsync(file);
        case 6 -> stack.writeback.flush();
        case 7 -> {
          int sectors = 1 + random.nextInt(40);
          int at = random.nextInt(LIMIT / 512) * 512;
          byte[] data = new byte[sectors * 512];
          random.nextBytes(data);
          MemorySegment.copy(MemorySegment.ofArray(data), 0, direct, 0, data.length);
          assertThat(vfs.pwrite(directFile, direct.asSlice(0, data.length), at))
              .isEqualTo(data.length);
          store(at, data);
        }
        case 8 -> {
          int at = random.nextInt(LIMIT);
          int length = 1 + random.nextInt(random.nextBoolean() ? 5000 : 200_000);
          vfs.fallocate(file, FileOperations.PUNCH_HOLE | FileOperations.KEEP_SIZE, at, length);
          int from = Math.min(at, content.length);
          Arrays.fill(content, from, Math.min(at + length, content.length), (byte) 0);
        }
        default -> {
          int at = random.nextInt(LIMIT / 512) * 512;
          int length = 512 * (1 + random.nextInt(40));
          int expected = Math.max(0, Math.min(length, content.length - at));
          assertThat(vfs.pread(directFile, direct.asSlice(0, length), at)).isEqualTo(expected);
          if (expected > 0) {
            long difference =
                MemorySegment.mismatch(
                    direct, 0, expected, MemorySegment.ofArray(content), at, at + expected);
            assertThat(difference).as("direct read at " + at).isEqualTo(-1);
          }
        }
      }
      stack.machine.yieldProcessor();
    }

    private void store(int at, byte[] data) {
      if (content.length < at + data.length) {
        content = Arrays.copyOf(content, at + data.length);
      }
      System.arraycopy(data, 0, content, at, data.length);
    }

    private void check(OpenFile file, String when) throws ErrnoException {
      assertThat(vfs.fstat(file).size()).as("size at " + when).isEqualTo(content.length);
      byte[] found = new byte[content.length];
      int done = 0;
      while (done < found.length) {
        byte[] piece = new byte[found.length - done];
        int count = vfs.pread(file, piece, done);
        assertThat(count).isPositive();
        System.arraycopy(piece, 0, found, done, count);
        done += count;
      }
      assertThat(Arrays.mismatch(found, content)).as("first difference at " + when).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestStack.Caching.class)
  void fullDisk_refusesAndLosesNothing(TestStack.Caching caching) throws Exception {
    for (int blockSize : new int[] {1024, 4096}) {
      Media media = TestStack.newMedia(2 << 20);
      SimulatedMachine machine = new SimulatedMachine(blockSize);
      machine.run(() -> {
        TestStack stack = new TestStack(machine, caching, 1024);
        BlockDevice disk = stack.addDisk("vda", media);
        Ext2Format.DEFAULT.withBlockSize(blockSize).withInodes(64).write(machine, disk);
        stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
        long free = stack.vfs.statfs("/").freeBlocks();
        fill(stack.vfs);
        assertThat(stack.vfs.statfs("/").freeBlocks())
            .as("blocks left, fewer than a data block with its indirect block")
            .isLessThan(2);
        stack.vfs.unmount("/");
        stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
        checkFull(stack.vfs);
        assertThat(stack.vfs.statfs("/").freeBlocks()).isEqualTo(free);
        exhaustInodes(stack.vfs);
        stack.close();
      });
      if (E2fsprogs.isInstalled()) {
        E2fsprogs.assertClean(TestStack.save(media, directory.resolve("full.img")));
      }
    }
  }

  private static void fill(Vfs vfs) throws ErrnoException {
    for (int i = 0; ; i++) {
      OpenFile file = vfs.open("/f" + i, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
      byte[] data = new byte[100_000];
      Arrays.fill(data, (byte) (i + 1));
      long done = 0;
      try {
        while (done < data.length) {
          done += vfs.pwrite(file, Arrays.copyOf(data, data.length - (int) done), done);
        }
      } catch (ErrnoException e) {
        assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
        return;
      } finally {
        vfs.close(file);
      }
    }
  }

  private static void checkFull(Vfs vfs) throws ErrnoException {
    for (int i = 0; ; i++) {
      OpenFile file;
      try {
        file = vfs.open("/f" + i, OpenFlag.READ_ONLY);
      } catch (ErrnoException e) {
        assertThat(e.errno()).isEqualTo(Errno.ENOENT);
        assertThat(i).isGreaterThan(5);
        return;
      }
      byte[] content = new byte[(int) vfs.fstat(file).size()];
      if (content.length > 0) {
        assertThat(vfs.read(file, content)).isEqualTo(content.length);
        assertThat(content).containsOnly(i + 1);
      }
      vfs.close(file);
      vfs.unlink("/f" + i);
    }
  }

  private static void exhaustInodes(Vfs vfs) throws ErrnoException {
    int made = 0;
    try {
      while (true) {
        vfs.mknod("/i" + made, 0644, 0);
        made++;
      }
    } catch (ErrnoException e) {
      assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
      assertThat(e).hasMessageContaining("inode");
    }
    assertThat(vfs.statfs("/").freeFiles()).isZero();
    for (int i = 0; i < made; i++) {
      vfs.unlink("/i" + i);
    }
    vfs.mkdir("/again", 0755);
  }
}
