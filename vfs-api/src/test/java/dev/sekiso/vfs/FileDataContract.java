package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EFBIG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every file system does with a file's bytes: reading, writing, holes, sizes, syncing. */
abstract class FileDataContract extends FileSystemHarness {

  @Test
  void read_afterWrite_givesTheBytes() throws Exception {
    run(() -> {
      byte[] content = pattern(100_000, 1);
      put("/f", content);
      assertThat(bytes("/f")).isEqualTo(content);
      assertThat(vfs.stat("/f").size()).isEqualTo(100_000);
      assertThat(vfs.stat("/f").blocks() * 512).isGreaterThanOrEqualTo(100_000);
    });
  }

  @Test
  void read_atAndBehindEnd_givesNothing() throws Exception {
    run(() -> {
      put("/f", "abc");
      OpenFile file = vfs.open("/f");
      byte[] buffer = new byte[10];
      assertThat(vfs.pread(file, buffer, 1)).isEqualTo(2);
      assertThat(vfs.pread(file, buffer, 3)).isZero();
      assertThat(vfs.pread(file, buffer, 1L << 30)).isZero();
      vfs.close(file);
    });
  }

  @Test
  void write_randomPlacesAndSizes_matchesModel() throws Exception {
    run(() -> {
      for (int seed = 0; seed < 5; seed++) {
        writeAgainstModel("/f" + seed, seed);
      }
    });
  }

  private void writeAgainstModel(String path, int seed) throws ErrnoException {
    Random random = new Random(seed);
    byte[] model = new byte[300_000];
    int size = 0;
    OpenFile file = create(path);
    for (int i = 0; i < 120; i++) {
      if (random.nextInt(8) == 0) {
        int newSize = random.nextInt(300_000);
        vfs.ftruncate(file, newSize);
        if (newSize < size) {
          java.util.Arrays.fill(model, newSize, size, (byte) 0);
        }
        size = newSize;
      } else {
        int offset = random.nextInt(250_000);
        byte[] part = pattern(1 + random.nextInt(20_000), seed * 1000 + i);
        writeFully(file, part, offset);
        System.arraycopy(part, 0, model, offset, part.length);
        size = Math.max(size, offset + part.length);
      }
      assertThat(vfs.fstat(file).size()).as("seed %d step %d", seed, i).isEqualTo(size);
      byte[] expected = java.util.Arrays.copyOf(model, size);
      assertThat(bytes(file)).as("seed %d step %d", seed, i).isEqualTo(expected);
    }
    vfs.close(file);
  }

  @Test
  void write_farBehindEnd_leavesAHoleOfZeros() throws Exception {
    run(() -> {
      long far = Math.min(fileSystem.maximumFileSize() / 2, 1L << 31) - 3;
      OpenFile file = create("/sparse");
      assertThat(vfs.pwrite(file, "end".getBytes(StandardCharsets.UTF_8), far)).isEqualTo(3);
      assertThat(vfs.fstat(file).size()).isEqualTo(far + 3);
      assertThat(vfs.fstat(file).blocks() * 512).isLessThan(1 << 20);
      byte[] buffer = pattern(5000, 3);
      assertThat(vfs.pread(file, buffer, far - 4997)).isEqualTo(5000);
      assertThat(java.util.Arrays.copyOf(buffer, 4997)).containsOnly(0);
      assertThat(new String(buffer, 4997, 3, StandardCharsets.UTF_8)).isEqualTo("end");
      vfs.close(file);
    });
  }

  @Test
  void truncate_shorterAndLonger_zeroesWhatComesBack() throws Exception {
    run(() -> {
      put("/f", pattern(10_000, 1));
      vfs.truncate("/f", 5_001);
      vfs.truncate("/f", 20_000);
      byte[] content = bytes("/f");
      byte[] expected = java.util.Arrays.copyOf(pattern(10_000, 1), 20_000);
      java.util.Arrays.fill(expected, 5_001, 20_000, (byte) 0);
      assertThat(content).isEqualTo(expected);
      vfs.truncate("/f", 0);
      assertThat(vfs.stat("/f").size()).isZero();
      assertThat(vfs.stat("/f").blocks()).isZero();
    });
  }

  @Test
  void write_beyondLargestFile_failsWithEfbig() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      long maximum = fileSystem.maximumFileSize();
      assertErrno(EFBIG, () -> vfs.pwrite(file, new byte[1], maximum));
      assertErrno(EFBIG, () -> vfs.ftruncate(file, maximum + 1));
      assertThat(vfs.pwrite(file, new byte[100], maximum - 10)).isEqualTo(10);
      assertThat(vfs.fstat(file).size()).isEqualTo(maximum);
      vfs.close(file);
      vfs.unlink("/f");
    });
  }

  @Test
  void append_alwaysGoesToTheEnd() throws Exception {
    run(() -> {
      put("/f", "12345");
      OpenFile one = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      OpenFile other = vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      vfs.write(one, "a".getBytes(StandardCharsets.UTF_8));
      vfs.write(other, "b".getBytes(StandardCharsets.UTF_8));
      vfs.lseek(one, 0, SeekFrom.START);
      vfs.write(one, "c".getBytes(StandardCharsets.UTF_8));
      assertThat(one.position()).isEqualTo(8);
      assertThat(vfs.pwrite(one, "d".getBytes(StandardCharsets.UTF_8), 0)).isEqualTo(1);
      vfs.close(one);
      vfs.close(other);
      assertThat(text("/f")).isEqualTo("12345abcd");
    });
  }

  @Test
  void sync_ofFilesAndDirectories_succeeds() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.write(file, new byte[10_000]);
      vfs.fsync(file);
      vfs.write(file, new byte[10_000]);
      vfs.fdatasync(file);
      vfs.syncFileRange(file, 0, 0, FileOperations.WAIT_BEFORE | FileOperations.START_WRITE);
      vfs.syncfs(file);
      vfs.sync();
      vfs.close(file);
      OpenFile directory = vfs.open("/", OpenFlag.DIRECTORY);
      vfs.fsync(directory);
      vfs.close(directory);
      OpenFile synchronous =
          vfs.open("/s", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY, OpenFlag.SYNCHRONOUS);
      assertThat(vfs.write(synchronous, new byte[5000])).isEqualTo(5000);
      vfs.close(synchronous);
    });
  }
}
