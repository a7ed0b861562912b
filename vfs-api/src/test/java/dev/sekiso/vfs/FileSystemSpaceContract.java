package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EFBIG;
import static dev.sekiso.machine.Errno.ENOSPC;
import static dev.sekiso.machine.Errno.EOPNOTSUPP;
import static dev.sekiso.vfs.FileOperations.COLLAPSE_RANGE;
import static dev.sekiso.vfs.FileOperations.INSERT_RANGE;
import static dev.sekiso.vfs.FileOperations.KEEP_SIZE;
import static dev.sekiso.vfs.FileOperations.PUNCH_HOLE;
import static dev.sekiso.vfs.FileOperations.UNSHARE_RANGE;
import static dev.sekiso.vfs.FileOperations.WRITE_ZEROES;
import static dev.sekiso.vfs.FileOperations.ZERO_RANGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@code fallocate} does to space and content where a file system has it. */
public abstract class FileSystemSpaceContract extends FileSystemHarness {

  private static final int PUNCH = PUNCH_HOLE | KEEP_SIZE;
  private static final int SIZE = 100_000;

  private interface FileBody {
    void run(OpenFile file) throws Exception;
  }

  private void withFile(FileBody body) throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      try {
        body.run(file);
      } finally {
        vfs.close(file);
      }
    });
  }

  private void punching(FileBody body) throws Exception {
    withFile(file -> {
      if (fileSystem.punchesHoles()) {
        body.run(file);
      } else {
        assertErrno(EOPNOTSUPP, () -> vfs.fallocate(file, PUNCH, 0, 4096));
      }
    });
  }

  private void reserving(FileBody body) throws Exception {
    withFile(file -> {
      if (fileSystem.reservesSpace()) {
        body.run(file);
      } else {
        assertErrno(EOPNOTSUPP, () -> vfs.fallocate(file, 0, 0, 4096));
        assertErrno(EOPNOTSUPP, () -> vfs.fallocate(file, KEEP_SIZE, 0, 4096));
      }
    });
  }

  private void assertContent(String what, byte[] expected) throws ErrnoException {
    byte[] found = bytes("/f");
    assertThat(found.length).as(what).isEqualTo(expected.length);
    assertThat(Arrays.mismatch(found, expected)).as(what).isEqualTo(-1);
  }

  @Test
  void punchHole_anywhere_readsAsZeroesAndLeavesTheRest() throws Exception {
    punching(file -> {
      long[][] holes = {
        {0, 1},
        {0, 4096},
        {1, 4095},
        {4095, 2},
        {5000, 100},
        {8192, 8192},
        {10_001, 30_003},
        {40_960, 1 << 20},
        {99_999, 1},
        {99_000, 5000},
        {0, SIZE},
        {SIZE, 4096},
        {SIZE + 5000, 100_000},
        {0, fileSystem.maximumFileSize()}
      };
      for (boolean cached : new boolean[] {true, false}) {
        for (long[] hole : holes) {
          byte[] expected = pattern(SIZE, (int) hole[0]);
          writeFully(file, expected, 0);
          if (!cached) {
            vfs.fsync(file);
            vfs.fadvise(file, 0, 0, 4);
          }
          vfs.fallocate(file, PUNCH, hole[0], hole[1]);
          int from = (int) Math.min(SIZE, hole[0]);
          Arrays.fill(expected, from, (int) Math.min(SIZE, hole[0] + hole[1]), (byte) 0);
          assertContent("hole at " + hole[0] + " of " + hole[1], expected);
          if (!cached) {
            vfs.fsync(file);
            vfs.fadvise(file, 0, 0, 4);
            assertContent("read again, hole at " + hole[0] + " of " + hole[1], expected);
          }
        }
      }
    });
  }

  @Test
  void punchHole_givesSpaceBackAndCanBeFilledAgain() throws Exception {
    punching(file -> {
      long free = vfs.statfs("/").freeBlocks();
      byte[] expected = pattern(SIZE, 1);
      writeFully(file, expected, 0);
      vfs.fsync(file);
      long before = vfs.fstat(file).blocks();
      vfs.fallocate(file, PUNCH, 8192, 32_768);
      assertThat(vfs.fstat(file).blocks()).isEqualTo(before - 64);
      vfs.fallocate(file, PUNCH, 8192, 32_768);
      assertThat(vfs.fstat(file).blocks()).isEqualTo(before - 64);
      Arrays.fill(expected, 8192, 40_960, (byte) 0);
      byte[] part = pattern(5000, 2);
      writeFully(file, part, 10_000);
      System.arraycopy(part, 0, expected, 10_000, 5000);
      assertContent("filled again", expected);
      vfs.fallocate(file, PUNCH, 0, 1 << 20);
      assertThat(vfs.fstat(file).blocks()).isZero();
      assertContent("all punched", new byte[SIZE]);
      assertThat(vfs.statfs("/").freeBlocks()).isEqualTo(free);
    });
  }

  @Test
  void punchHole_randomWithWritesAndTruncation_matchesModel() throws Exception {
    punching(file -> {
      for (int seed = 0; seed < 8; seed++) {
        Random random = new Random(seed);
        byte[] model = new byte[0];
        vfs.ftruncate(file, 0);
        for (int step = 0; step < 100; step++) {
          int at = random.nextInt(300_000);
          int length = 1 + random.nextInt(random.nextBoolean() ? 3000 : 60_000);
          switch (random.nextInt(6)) {
            case 0, 1 -> {
              byte[] part = pattern(length, seed * 1000 + step);
              writeFully(file, part, at);
              model = Arrays.copyOf(model, Math.max(model.length, at + length));
              System.arraycopy(part, 0, model, at, length);
            }
            case 2, 3 -> {
              vfs.fallocate(file, PUNCH, at, length);
              int from = Math.min(model.length, at);
              Arrays.fill(model, from, Math.min(model.length, at + length), (byte) 0);
            }
            case 4 -> {
              vfs.ftruncate(file, at);
              model = Arrays.copyOf(model, at);
            }
            default -> {
              vfs.fsync(file);
              vfs.fadvise(file, 0, 0, 4);
            }
          }
          assertContent("seed " + seed + " step " + step, model);
        }
      }
    });
  }

  @Test
  void punchHole_changesTimesAndTakesPrivileges() throws Exception {
    punching(file -> {
      writeFully(file, pattern(SIZE, 1), 0);
      vfs.chmod("/f", 06777);
      machine.sleep(3_000_000_000L);
      Attributes before = vfs.fstat(file);
      as(1000, 1000, () -> vfs.fallocate(file, PUNCH, SIZE + 10, 10));
      Attributes after = vfs.fstat(file);
      assertThat(after.modificationTime()).isGreaterThan(before.modificationTime());
      assertThat(after.changeTime()).isGreaterThan(before.changeTime());
      assertThat(after.mode() & 07000).as("set-user-ID and set-group-ID").isZero();
      assertThat(after.size()).isEqualTo(SIZE);
    });
  }

  @Test
  void reserve_growsUnlessTheSizeIsKept() throws Exception {
    reserving(file -> {
      writeFully(file, pattern(5000, 1), 0);
      vfs.fallocate(file, KEEP_SIZE, 0, 20_000);
      assertThat(vfs.fstat(file).size()).isEqualTo(5000);
      assertThat(vfs.fstat(file).blocks()).isEqualTo(40);
      byte[] expected = pattern(5000, 1);
      assertContent("size kept", expected);
      vfs.fallocate(file, 0, 30_000, 1);
      assertThat(vfs.fstat(file).size()).isEqualTo(30_001);
      assertThat(vfs.fstat(file).blocks()).isEqualTo(48);
      assertContent("grown", Arrays.copyOf(expected, 30_001));
      vfs.fallocate(file, 0, 0, 100);
      assertThat(vfs.fstat(file).size()).isEqualTo(30_001);
      vfs.fallocate(file, PUNCH, 0, 1 << 20);
      assertThat(vfs.fstat(file).blocks()).isZero();
    });
  }

  @Test
  void reserve_beyondTheLimits_failsAndChangesNothing() throws Exception {
    runScarce(() -> {
      OpenFile file = create("/f");
      if (!fileSystem.reservesSpace()) {
        assertErrno(EOPNOTSUPP, () -> vfs.fallocate(file, 0, 0, 1L << 30));
        vfs.close(file);
        return;
      }
      long free = vfs.statfs("/").freeBlocks();
      FileSystemStatus status = vfs.statfs("/");
      long bytes = (status.freeBlocks() + 1) * status.blockSize();
      assertErrno(ENOSPC, () -> vfs.fallocate(file, 0, 0, bytes));
      assertErrno(ENOSPC, () -> vfs.fallocate(file, KEEP_SIZE, 1L << 30, bytes));
      assertThat(vfs.statfs("/").freeBlocks()).isEqualTo(free);
      assertThat(vfs.fstat(file).size()).isZero();
      assertThat(vfs.fstat(file).blocks()).isZero();
      TaskContext limited =
          TaskContext.current().withLimits(TaskContext.current().limits().withFileSize(10_000));
      limited.call(() -> {
        assertErrno(EFBIG, () -> vfs.fallocate(file, 0, 0, 10_001));
        assertErrno(EFBIG, () -> vfs.fallocate(file, KEEP_SIZE, 0, 10_001));
        vfs.fallocate(file, 0, 0, 10_000);
        return null;
      });
      vfs.close(file);
    });
  }

  @Test
  void otherModes_failWithEopnotsupp() throws Exception {
    withFile(file -> {
      writeFully(file, pattern(10_000, 1), 0);
      for (int mode :
          new int[] {COLLAPSE_RANGE, INSERT_RANGE, ZERO_RANGE, UNSHARE_RANGE, WRITE_ZEROES}) {
        assertErrno(EOPNOTSUPP, () -> vfs.fallocate(file, mode, 0, 4096));
      }
      assertContent("nothing has changed", pattern(10_000, 1));
    });
  }
}
