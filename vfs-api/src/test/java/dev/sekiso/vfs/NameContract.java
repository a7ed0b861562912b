package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EEXIST;
import static dev.sekiso.machine.Errno.EISDIR;
import static dev.sekiso.machine.Errno.EMLINK;
import static dev.sekiso.machine.Errno.ENAMETOOLONG;
import static dev.sekiso.machine.Errno.ENOENT;
import static dev.sekiso.machine.Errno.ENOTDIR;
import static dev.sekiso.machine.Errno.ENOTEMPTY;
import static dev.sekiso.machine.Errno.EPERM;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every file system does with names: making, linking and removing them. */
abstract class NameContract extends FileSystemHarness {

  @Test
  void create_allNamesOfBytes_roundTrip() throws Exception {
    run(() -> {
      Set<String> expected = new TreeSet<>();
      for (int b = 1; b < 256; b++) {
        if (b != '/' && b != '.') {
          String name = FileName.decode(new byte[] {(byte) b});
          vfs.close(create("/" + name));
          expected.add(name);
        }
      }
      String invalid = FileName.decode(new byte[] {'x', (byte) 0xC3, (byte) 0x28, (byte) 0xFF});
      put("/" + invalid, "y");
      expected.add(invalid);
      assertThat(new TreeSet<>(names("/"))).containsAll(expected);
      assertThat(text("/" + invalid)).isEqualTo("y");
    });
  }

  @Test
  void create_longNames_upTo255Bytes() throws Exception {
    run(() -> {
      String longest = "ä".repeat(127) + "x";
      put("/" + longest, "1");
      assertThat(names("/")).contains(longest);
      assertThat(text("/" + longest)).isEqualTo("1");
      assertErrno(ENAMETOOLONG, () -> create("/" + longest + "y"));
      assertErrno(ENAMETOOLONG, () -> vfs.stat("/" + longest + "y"));
      assertErrno(ENAMETOOLONG, () -> vfs.mkdir("/" + "n".repeat(256), 0755));
    });
  }

  @Test
  void create_existing_failsWithEexist() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.mkdir("/d", 0755);
      assertErrno(EEXIST, () -> create("/f"));
      assertErrno(EEXIST, () -> vfs.mkdir("/f", 0755));
      assertErrno(EEXIST, () -> vfs.mkdir("/d", 0755));
      assertErrno(EEXIST, () -> vfs.symlink("a", "/f"));
      assertErrno(EEXIST, () -> vfs.link("/f", "/d"));
      assertErrno(EEXIST, () -> vfs.mknod("/d", 0644, 0));
      assertThat(text("/f")).isEqualTo("x");
    });
  }

  @Test
  void missing_failsWithEnoent() throws Exception {
    run(() -> {
      assertErrno(ENOENT, () -> vfs.open("/no"));
      assertErrno(ENOENT, () -> vfs.stat("/no"));
      assertErrno(ENOENT, () -> vfs.unlink("/no"));
      assertErrno(ENOENT, () -> vfs.rmdir("/no"));
      assertErrno(ENOENT, () -> vfs.rename("/no", "/other"));
      assertErrno(ENOENT, () -> vfs.link("/no", "/other"));
      assertErrno(ENOENT, () -> vfs.truncate("/no", 1));
      assertErrno(ENOENT, () -> create("/no/f"));
      put("/no", "now it is there");
      assertThat(text("/no")).isEqualTo("now it is there");
    });
  }

  @Test
  void links_countNamesAndShareContent() throws Exception {
    run(() -> {
      put("/a", "shared");
      vfs.link("/a", "/b");
      assertThat(vfs.stat("/a").links()).isEqualTo(2);
      assertThat(vfs.stat("/b").inode()).isEqualTo(vfs.stat("/a").inode());
      vfs.unlink("/a");
      assertThat(text("/b")).isEqualTo("shared");
      assertThat(vfs.stat("/b").links()).isEqualTo(1);
      vfs.mkdir("/d", 0755);
      assertErrno(EPERM, () -> vfs.link("/d", "/e"));
    });
  }

  @Test
  void link_tooMany_failsWithEmlink() throws Exception {
    run(() -> {
      int maximum = fileSystem.maximumLinks();
      if (maximum == Integer.MAX_VALUE) {
        return;
      }
      put("/f", "");
      vfs.mkdir("/d", 0755);
      for (int i = 1; i < maximum; i++) {
        vfs.link("/f", "/d/" + i);
      }
      assertErrno(EMLINK, () -> vfs.link("/f", "/d/more"));
      assertThat(vfs.stat("/f").links()).isEqualTo(maximum);
      for (int i = 1; i < maximum; i++) {
        vfs.unlink("/d/" + i);
      }
      assertThat(vfs.stat("/f").links()).isEqualTo(1);
    });
  }

  @Test
  void symlink_shortAndLongTargets_roundTrip() throws Exception {
    run(() -> {
      for (int length : new int[] {1, 59, 60, 61, 255, 1000, 1023}) {
        String target = "t".repeat(length);
        vfs.symlink(target, "/l" + length);
        assertThat(vfs.readlink("/l" + length)).isEqualTo(target);
        assertThat(vfs.lstat("/l" + length).size()).isEqualTo(length);
        assertThat(vfs.lstat("/l" + length).type()).isEqualTo(FileType.SYMBOLIC_LINK);
      }
      put("/target", "found");
      vfs.symlink("target", "/link");
      assertThat(text("/link")).isEqualTo("found");
      vfs.unlink("/link");
      assertThat(text("/target")).isEqualTo("found");
    });
  }

  @Test
  void mknod_specialFiles_keepTypeAndDevice() throws Exception {
    run(() -> {
      vfs.mknod("/fifo", FileType.FIFO.modeBits() | 0640, 77);
      vfs.mknod("/null", FileType.CHARACTER_DEVICE.modeBits() | 0666, (1 << 8) | 3);
      vfs.mknod("/disk", FileType.BLOCK_DEVICE.modeBits() | 0660, (8 << 8) | 1);
      vfs.mknod("/socket", FileType.SOCKET.modeBits() | 0600, 0);
      assertThat(vfs.stat("/fifo").type()).isEqualTo(FileType.FIFO);
      assertThat(vfs.stat("/fifo").specialDevice()).isZero();
      assertThat(vfs.stat("/null").specialDevice()).isEqualTo((1 << 8) | 3);
      assertThat(vfs.stat("/disk").specialDevice()).isEqualTo((8 << 8) | 1);
      assertThat(vfs.stat("/socket").type()).isEqualTo(FileType.SOCKET);
      assertThat(vfs.stat("/null").permissions()).isEqualTo(0644);
    });
  }

  @Test
  void unlink_openFile_staysUntilClosed() throws Exception {
    run(() -> {
      long free = vfs.statfs("/").freeFiles();
      OpenFile file = create("/f");
      writeFully(file, pattern(50_000, 5), 0);
      vfs.unlink("/f");
      assertErrno(ENOENT, () -> vfs.stat("/f"));
      assertThat(vfs.fstat(file).links()).isZero();
      assertThat(bytes(file)).isEqualTo(pattern(50_000, 5));
      writeFully(file, pattern(1000, 6), 60_000);
      put("/f", "another");
      assertThat(vfs.fstat(file).size()).isEqualTo(61_000);
      vfs.close(file);
      assertThat(text("/f")).isEqualTo("another");
      vfs.unlink("/f");
      assertThat(vfs.statfs("/").freeFiles()).isEqualTo(free);
    });
  }

  @Test
  void removing_wrongKind_fails() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      put("/d/f", "");
      assertErrno(ENOTEMPTY, () -> vfs.rmdir("/d"));
      assertErrno(EISDIR, () -> vfs.unlink("/d"));
      assertErrno(ENOTDIR, () -> vfs.rmdir("/d/f"));
      assertErrno(ENOTDIR, () -> vfs.unlink("/d/f/x"));
      vfs.unlink("/d/f");
      vfs.rmdir("/d");
    });
  }
}
