package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.ENOSPC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import org.junit.jupiter.api.Test;

/** What every file system does when it is full. */
abstract class ScarceRoomContract extends FileSystemHarness {

  @Test
  void write_deviceFull_isShortThenFailsAndRoomComesBack() throws Exception {
    runScarce(() -> {
      FileSystemStatus before = vfs.statfs("/");
      OpenFile file = create("/big");
      byte[] block = pattern(64 << 10, 1);
      long written = 0;
      ErrnoException full = null;
      while (full == null) {
        try {
          int count = vfs.pwrite(file, block, written);
          assertThat(count).isPositive();
          written += count;
        } catch (ErrnoException e) {
          full = e;
        }
        assertThat(written).as("a scarce file system has at most 4 MiB").isLessThan(8L << 20);
      }
      assertThat(full.errno()).isEqualTo(ENOSPC);
      assertThat(vfs.fstat(file).size()).isEqualTo(written);
      assertThat(bytes(file)).hasSize((int) written);
      vfs.close(file);
      vfs.unlink("/big");
      assertThat(vfs.statfs("/").freeBlocks()).isEqualTo(before.freeBlocks());
      put("/again", pattern(100_000, 2));
      assertThat(bytes("/again")).isEqualTo(pattern(100_000, 2));
    });
  }

  @Test
  void create_untilFull_failsCleanlyAndRoomComesBack() throws Exception {
    runScarce(() -> {
      vfs.mkdir("/d", 0755);
      FileSystemStatus before = vfs.statfs("/");
      int made = 0;
      try {
        while (made < 200_000) {
          vfs.close(create("/d/file-with-a-rather-long-name-" + made));
          made++;
        }
      } catch (ErrnoException e) {
        assertThat(e.errno()).isEqualTo(ENOSPC);
      }
      assertThat(made).isPositive();
      assertThat(names("/d")).hasSize(made);
      for (int i = 0; i < made; i++) {
        vfs.unlink("/d/file-with-a-rather-long-name-" + i);
      }
      assertThat(names("/d")).isEmpty();
      assertThat(vfs.statfs("/").freeFiles()).isEqualTo(before.freeFiles());
    });
  }
}
