package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.Random;

/** What a stack of any make has to do right: files written, synced, unmounted, and found again. */
final class Scenario {

  /** More than the smallest page cache of the tests holds, so that pages have to leave. */
  private static final int BIG = 3 << 20;

  private static final int SMALL = 10_007;
  private static final int CHUNK = 12_345;

  private final Vfs vfs;
  private final byte[] big = new byte[BIG];
  private final byte[] small = new byte[SMALL];

  Scenario(StorageStack stack) {
    vfs = stack.vfs();
    Random random = new Random(7);
    random.nextBytes(big);
    random.nextBytes(small);
  }

  /** Writes in odd chunks, overwrites a piece in the middle, leaves a hole, makes all durable. */
  void write() throws ErrnoException {
    vfs.mkdir("/d", 0755);
    OpenFile file = vfs.open("/d/big", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    for (int at = 0; at < BIG; at += CHUNK) {
      byte[] chunk = java.util.Arrays.copyOfRange(big, at, Math.min(BIG, at + CHUNK));
      assertThat(vfs.write(file, chunk)).isEqualTo(chunk.length);
    }
    vfs.pwrite(file, new byte[] {1, 2, 3}, BIG / 2);
    vfs.fsync(file);
    vfs.close(file);
    OpenFile holey = vfs.open("/d/holey", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    vfs.pwrite(holey, small, 100_000);
    vfs.fdatasync(holey);
    vfs.close(holey);
    vfs.symlink("big", "/d/link");
    vfs.rename("/d/holey", "/d/renamed");
    check();
  }

  /** Finds what {@link #write} left. */
  void check() throws ErrnoException {
    byte[] expected = big.clone();
    System.arraycopy(new byte[] {1, 2, 3}, 0, expected, BIG / 2, 3);
    assertThat(read("/d/link", BIG + 1)).isEqualTo(expected);
    byte[] holey = new byte[100_000 + SMALL];
    System.arraycopy(small, 0, holey, 100_000, SMALL);
    assertThat(read("/d/renamed", holey.length + 1)).isEqualTo(holey);
    assertThat(vfs.stat("/d/renamed").permissions()).isEqualTo(0600);
  }

  private byte[] read(String path, int limit) throws ErrnoException {
    OpenFile file = vfs.open(path);
    try {
      byte[] contents = new byte[limit];
      int length = 0;
      byte[] piece = new byte[CHUNK * 3];
      while (true) {
        int got = vfs.read(file, piece);
        if (got == 0) {
          return java.util.Arrays.copyOf(contents, length);
        }
        System.arraycopy(piece, 0, contents, length, got);
        length += got;
      }
    } finally {
      vfs.close(file);
    }
  }
}
