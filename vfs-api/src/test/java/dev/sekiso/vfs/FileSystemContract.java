package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.EACCES;
import static dev.sekiso.machine.Errno.EBADF;
import static dev.sekiso.machine.Errno.EEXIST;
import static dev.sekiso.machine.Errno.EFBIG;
import static dev.sekiso.machine.Errno.EINVAL;
import static dev.sekiso.machine.Errno.EISDIR;
import static dev.sekiso.machine.Errno.EMLINK;
import static dev.sekiso.machine.Errno.ENAMETOOLONG;
import static dev.sekiso.machine.Errno.ENOENT;
import static dev.sekiso.machine.Errno.ENOSPC;
import static dev.sekiso.machine.Errno.ENOTDIR;
import static dev.sekiso.machine.Errno.ENOTEMPTY;
import static dev.sekiso.machine.Errno.EPERM;
import static dev.sekiso.machine.Errno.EROFS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every file system does when it is used through the VFS, one task at a time. */
public abstract class FileSystemContract extends FileSystemHarness {

  private static final long SECOND = 1_000_000_000L;

  // Data

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

  // Room

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

  // Names

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
  void mkdir_deep_walksThroughAll() throws Exception {
    run(() -> {
      StringBuilder path = new StringBuilder();
      for (int depth = 0; depth < 150; depth++) {
        path.append("/d").append(depth);
        vfs.mkdir(path.toString(), 0755);
      }
      put(path + "/leaf", "deep");
      assertThat(text(path + "/leaf")).isEqualTo("deep");
      assertThat(text(path + "/../d149/./leaf")).isEqualTo("deep");
    });
  }

  @Test
  void directory_manyEntries_allListedOnce() throws Exception {
    run(() -> {
      vfs.mkdir("/many", 0755);
      Set<String> expected = new HashSet<>();
      for (int i = 0; i < 2_000; i++) {
        String name = "entry-" + i + "-" + "x".repeat(i % 40);
        vfs.mknod("/many/" + name, 0644, 0);
        expected.add(name);
      }
      List<String> listed = names("/many");
      assertThat(listed).hasSize(2_000);
      assertThat(new HashSet<>(listed)).isEqualTo(expected);
      for (String name : expected) {
        if (name.hashCode() % 2 == 0) {
          vfs.unlink("/many/" + name);
        }
      }
      expected.removeIf(name -> name.hashCode() % 2 == 0);
      assertThat(new HashSet<>(names("/many"))).isEqualTo(expected);
      for (String name : expected) {
        vfs.unlink("/many/" + name);
      }
      vfs.rmdir("/many");
    });
  }

  @Test
  void getdents_inSmallPieces_continuesWhereItStopped() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      for (int i = 0; i < 25; i++) {
        vfs.mknod("/d/f" + i, 0644, 0);
      }
      OpenFile directory = vfs.open("/d", OpenFlag.DIRECTORY);
      List<String> seen = new ArrayList<>();
      long third = 0;
      while (true) {
        List<DirectoryEntry> one = vfs.getdents(directory, 1);
        if (one.isEmpty()) {
          break;
        }
        seen.add(one.getFirst().name().toString());
        if (seen.size() == 3) {
          third = directory.position();
        }
      }
      assertThat(seen).hasSize(27).doesNotHaveDuplicates().contains(".", "..", "f0", "f24");
      vfs.lseek(directory, third, SeekFrom.START);
      assertThat(vfs.getdents(directory, 1).getFirst().name()).hasToString(seen.get(3));
      vfs.lseek(directory, 0, SeekFrom.START);
      assertThat(vfs.getdents(directory, 100)).hasSize(27);
      vfs.close(directory);
    });
  }

  @Test
  void getdents_whileRemoving_listsWhatStaysOnce() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      for (int i = 0; i < 300; i++) {
        vfs.mknod("/d/f" + i, 0644, 0);
      }
      OpenFile directory = vfs.open("/d", OpenFlag.DIRECTORY);
      List<String> seen = new ArrayList<>();
      List<DirectoryEntry> some = vfs.getdents(directory, 7);
      while (!some.isEmpty()) {
        for (DirectoryEntry entry : some) {
          String name = entry.name().toString();
          seen.add(name);
          if (name.startsWith("f")) {
            vfs.unlink("/d/" + name);
          }
        }
        some = vfs.getdents(directory, 7);
      }
      vfs.close(directory);
      assertThat(seen).hasSize(302).doesNotHaveDuplicates();
      assertThat(names("/d")).isEmpty();
    });
  }

  @Test
  void getdents_tellsTypesAndNumbers() throws Exception {
    run(() -> {
      vfs.mkdir("/dir", 0755);
      put("/file", "");
      vfs.symlink("file", "/link");
      vfs.mknod("/fifo", FileType.FIFO.modeBits() | 0600, 0);
      for (DirectoryEntry entry : entries("/")) {
        if (List.of("dir", "file", "link", "fifo").contains(entry.name().toString())) {
          Attributes attributes = vfs.lstat("/" + entry.name());
          assertThat(entry.inode()).isEqualTo(attributes.inode());
          assertThat(entry.type()).isIn(attributes.type(), null);
        }
      }
      List<DirectoryEntry> inDirectory = entries("/dir");
      assertThat(inDirectory).hasSize(2);
      assertThat(inDirectory.get(0).inode()).isEqualTo(vfs.stat("/dir").inode());
      assertThat(inDirectory.get(1).inode()).isEqualTo(vfs.stat("/").inode());
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
  void directoryLinks_countSubdirectories() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      int root = vfs.stat("/").links();
      assertThat(vfs.stat("/d").links()).isEqualTo(2);
      vfs.mkdir("/d/a", 0755);
      vfs.mkdir("/d/b", 0755);
      assertThat(vfs.stat("/d").links()).isEqualTo(4);
      vfs.rename("/d/a", "/a");
      assertThat(vfs.stat("/d").links()).isEqualTo(3);
      assertThat(vfs.stat("/").links()).isEqualTo(root + 1);
      vfs.rmdir("/d/b");
      vfs.rmdir("/a");
      assertThat(vfs.stat("/d").links()).isEqualTo(2);
      assertThat(vfs.stat("/").links()).isEqualTo(root);
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
  void rmdir_openDirectory_isEmptyAndRefusesNames() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      OpenFile directory = vfs.open("/d", OpenFlag.DIRECTORY);
      vfs.rmdir("/d");
      assertErrno(ENOENT, () -> vfs.getdents(directory, 10));
      assertErrno(ENOENT, () -> vfs.mkdirAt(directory, "sub", 0755));
      assertErrno(
          ENOENT, () -> vfs.openAt(directory, "f", 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY));
      assertThat(vfs.path(directory)).isEqualTo("/d (deleted)");
      vfs.mkdir("/d", 0755);
      vfs.close(directory);
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

  // Rename

  /** What a name can lead to. */
  private enum Kind {
    NOTHING,
    FILE,
    EMPTY_DIRECTORY,
    FULL_DIRECTORY,
    LINK
  }

  private void make(Kind kind, String path) throws ErrnoException {
    switch (kind) {
      case NOTHING -> {}
      case FILE -> put(path, "content of " + path);
      case EMPTY_DIRECTORY -> vfs.mkdir(path, 0755);
      case FULL_DIRECTORY -> {
        vfs.mkdir(path, 0755);
        put(path + "/inside", "in " + path);
      }
      case LINK -> vfs.symlink("to " + path, path);
    }
  }

  @Test
  void rename_everyKindOntoEveryKind_followsTheRules() throws Exception {
    run(() -> {
      int round = 0;
      for (Kind source : Kind.values()) {
        for (Kind target : Kind.values()) {
          for (String other : List.of("same", "other")) {
            renameKinds(source, target, "/r" + round++, other);
          }
        }
      }
    });
  }

  private void renameKinds(Kind source, Kind target, String base, String where)
      throws ErrnoException {
    vfs.mkdir(base, 0755);
    vfs.mkdir(base + "/other", 0755);
    String from = base + "/from";
    String to = where.equals("same") ? base + "/to" : base + "/other/to";
    make(source, from);
    make(target, to);
    boolean sourceIsDirectory = source == Kind.EMPTY_DIRECTORY || source == Kind.FULL_DIRECTORY;
    boolean targetIsDirectory = target == Kind.EMPTY_DIRECTORY || target == Kind.FULL_DIRECTORY;
    String what = source + " onto " + target + " " + where;
    if (source == Kind.NOTHING) {
      assertErrno(ENOENT, () -> vfs.rename(from, to));
    } else if (target == Kind.NOTHING || sourceIsDirectory == targetIsDirectory) {
      if (target == Kind.FULL_DIRECTORY) {
        assertErrno(ENOTEMPTY, () -> vfs.rename(from, to));
        assertThat(text(to + "/inside")).as(what).isEqualTo("in " + to);
        assertThat(vfs.lstat(from)).as(what).isNotNull();
        return;
      }
      long inode = vfs.lstat(from).inode();
      vfs.rename(from, to);
      assertErrno(ENOENT, () -> vfs.lstat(from));
      assertThat(vfs.lstat(to).inode()).as(what).isEqualTo(inode);
      switch (source) {
        case FILE -> assertThat(text(to)).as(what).isEqualTo("content of " + from);
        case FULL_DIRECTORY -> assertThat(text(to + "/inside")).as(what).isEqualTo("in " + from);
        case LINK -> assertThat(vfs.readlink(to)).as(what).isEqualTo("to " + from);
        default -> assertThat(names(to)).as(what).isEmpty();
      }
      if (sourceIsDirectory) {
        assertThat(vfs.stat(to + "/..").inode())
            .as(what)
            .isEqualTo(vfs.stat(to.substring(0, to.lastIndexOf('/'))).inode());
      }
    } else {
      assertErrno(sourceIsDirectory ? ENOTDIR : EISDIR, () -> vfs.rename(from, to));
      assertThat(vfs.lstat(from)).as(what).isNotNull();
    }
  }

  @Test
  void rename_intoItself_failsWithEinval() throws Exception {
    run(() -> {
      vfs.mkdir("/a", 0755);
      vfs.mkdir("/a/b", 0755);
      vfs.mkdir("/a/b/c", 0755);
      assertErrno(EINVAL, () -> vfs.rename("/a", "/a/x"));
      assertErrno(EINVAL, () -> vfs.rename("/a", "/a/b/c/x"));
      assertErrno(ENOTEMPTY, () -> vfs.rename("/a/b/c", "/a"));
      vfs.rename("/a/b", "/a/b");
      assertThat(names("/a")).containsExactly("b");
    });
  }

  @Test
  void rename_ontoOwnHardLink_doesNothing() throws Exception {
    run(() -> {
      put("/a", "x");
      vfs.link("/a", "/b");
      vfs.rename("/a", "/b");
      assertThat(names("/")).contains("a", "b");
      assertThat(vfs.stat("/a").links()).isEqualTo(2);
    });
  }

  @Test
  void rename_ontoOpenFile_keepsTheOldContentForItsReaders() throws Exception {
    run(() -> {
      put("/old", "old");
      put("/new", "new");
      OpenFile old = vfs.open("/old");
      vfs.rename("/new", "/old");
      assertThat(new String(bytes(old), StandardCharsets.UTF_8)).isEqualTo("old");
      assertThat(text("/old")).isEqualTo("new");
      assertThat(vfs.fstat(old).links()).isZero();
      vfs.close(old);
    });
  }

  @Test
  void rename_flags_areHonoured() throws Exception {
    run(() -> {
      put("/a", "a");
      put("/b", "b");
      vfs.mkdir("/d", 0755);
      vfs.mkdir("/d/sub", 0755);
      assertErrno(
          EEXIST, () -> vfs.renameAt(null, "/a", null, "/b", Set.of(RenameFlag.NO_REPLACE)));
      vfs.renameAt(null, "/a", null, "/c", Set.of(RenameFlag.NO_REPLACE));
      assertThat(names("/")).contains("b", "c", "d").doesNotContain("a");
      if (!fileSystem.supportsExchange()) {
        assertErrno(
            EINVAL, () -> vfs.renameAt(null, "/b", null, "/c", Set.of(RenameFlag.EXCHANGE)));
        return;
      }
      vfs.renameAt(null, "/b", null, "/c", Set.of(RenameFlag.EXCHANGE));
      assertThat(text("/b")).isEqualTo("a");
      assertThat(text("/c")).isEqualTo("b");
      vfs.renameAt(null, "/b", null, "/d/sub", Set.of(RenameFlag.EXCHANGE));
      assertThat(text("/d/sub")).isEqualTo("a");
      assertThat(vfs.stat("/b/..").inode()).isEqualTo(vfs.stat("/").inode());
      assertThat(vfs.stat("/d").links()).isEqualTo(2);
    });
  }

  // Attributes

  @Test
  void create_setsModeOwnerAndTimes() throws Exception {
    run(() -> {
      vfs.chmod("/", 0777);
      machine.sleep(5 * SECOND);
      long before = machine.realTimeNanos() / SECOND - 1;
      as(
          1000,
          100,
          () -> {
            vfs.close(vfs.open("/f", 0666, OpenFlag.CREATE, OpenFlag.WRITE_ONLY));
            vfs.mkdir("/d", 0777);
            vfs.symlink("x", "/l");
          });
      Attributes file = vfs.stat("/f");
      assertThat(file.mode()).isEqualTo(0100644);
      assertThat(file.uid()).isEqualTo(1000);
      assertThat(file.gid()).isEqualTo(100);
      assertThat(file.modificationTime().seconds()).isGreaterThanOrEqualTo(before);
      assertThat(file.accessTime()).isEqualTo(file.modificationTime());
      assertThat(vfs.stat("/d").mode()).isEqualTo(0040755);
      assertThat(vfs.lstat("/l").mode()).isEqualTo(0120777);
      assertThat(vfs.lstat("/l").uid()).isEqualTo(1000);
      assertThat(vfs.stat("/").modificationTime().seconds()).isGreaterThanOrEqualTo(before);
    });
  }

  @Test
  void setGroupIdDirectory_passesItsGroupOn() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0777);
      vfs.chown("/d", -1, 500);
      vfs.chmod("/d", 02777);
      as(
          1000,
          100,
          () -> {
            put("/d/f", "");
            vfs.mkdir("/d/sub", 0755);
          });
      assertThat(vfs.stat("/d/f").gid()).isEqualTo(500);
      assertThat(vfs.stat("/d/sub").gid()).isEqualTo(500);
      assertThat(vfs.stat("/d/sub").permissions()).isEqualTo(02755);
    });
  }

  @Test
  void attributes_afterChange_areThere() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.chmod("/f", 04711);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(04711);
      vfs.chown("/f", 70_000, 80_000);
      assertThat(vfs.stat("/f").uid()).isEqualTo(70_000);
      assertThat(vfs.stat("/f").gid()).isEqualTo(80_000);
      assertThat(vfs.stat("/f").permissions()).isEqualTo(0711);
      Timestamp access = new Timestamp(1_000_000_000, 123_456_789);
      Timestamp modification = new Timestamp(1_500_000_000, 987_654_321);
      vfs.utimens("/f", TimeChange.to(access), TimeChange.to(modification));
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(stored(access));
      assertThat(vfs.stat("/f").modificationTime()).isEqualTo(stored(modification));
      vfs.utimens("/f", TimeChange.OMIT, TimeChange.NOW);
      assertThat(vfs.stat("/f").accessTime()).isEqualTo(stored(access));
      assertThat(vfs.stat("/f").modificationTime()).isGreaterThan(modification);
    });
  }

  private Timestamp stored(Timestamp time) {
    long granularity = fileSystem.timeGranularityNanos();
    return new Timestamp(
        time.seconds(), (int) (time.nanos() - time.nanos() % Math.min(granularity, SECOND)));
  }

  @Test
  void times_moveWithTheOperationsThatChangeThem() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      put("/d/f", "x");
      assertMoves("/d/f", "modified changed", () -> put("/d/f", "xy"));
      assertMoves("/d/f", "changed", () -> vfs.chmod("/d/f", 0600));
      assertMoves("/d/f", "changed", () -> vfs.chown("/d/f", 1, 1));
      assertMoves("/d/f", "changed", () -> vfs.link("/d/f", "/g"));
      assertMoves("/d/f", "changed", () -> vfs.unlink("/g"));
      assertMoves("/d/f", "modified changed", () -> vfs.truncate("/d/f", 7));
      assertMoves("/d/f", "", () -> vfs.truncate("/d/f", 7));
      assertMoves("/d/f", "", () -> vfs.stat("/d/f"));
      assertMoves("/d", "modified changed", () -> put("/d/new", ""));
      assertMoves("/d", "", () -> put("/d/new", "content"));
      assertMoves("/d", "modified changed", () -> vfs.unlink("/d/new"));
      assertMoves("/d", "modified changed", () -> vfs.mkdir("/d/sub", 0755));
      assertMoves("/d", "modified changed", () -> vfs.rename("/d/f", "/d/e"));
      assertMoves("/d", "modified changed", () -> vfs.rmdir("/d/sub"));
    });
  }

  private void assertMoves(String path, String expected, Call call) throws ErrnoException {
    machine.sleep(2 * SECOND);
    Attributes before = vfs.lstat(path);
    call.run();
    Attributes after = vfs.lstat(path);
    List<String> moved = new ArrayList<>();
    if (after.modificationTime().compareTo(before.modificationTime()) > 0) {
      moved.add("modified");
    }
    if (after.changeTime().compareTo(before.changeTime()) > 0) {
      moved.add("changed");
    }
    assertThat(String.join(" ", moved)).as(path).isEqualTo(expected);
  }

  @Test
  void permissions_bindOrdinaryUsers() throws Exception {
    run(() -> {
      vfs.mkdir("/closed", 0700);
      put("/closed/f", "secret");
      put("/read-only", "r");
      vfs.chmod("/read-only", 0444);
      as(
          1000,
          100,
          () -> {
            assertErrno(EACCES, () -> vfs.open("/closed/f"));
            assertErrno(EACCES, () -> vfs.open("/read-only", OpenFlag.WRITE_ONLY));
            assertErrno(EACCES, () -> create("/f"));
            assertErrno(EPERM, () -> vfs.chmod("/read-only", 0777));
            assertErrno(EPERM, () -> vfs.chown("/read-only", 1000, -1));
            assertThat(text("/read-only")).isEqualTo("r");
          });
    });
  }

  // Mounting

  @Test
  void remount_readOnly_refusesChanges() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.remount("/", Set.of(MountFlag.READ_ONLY), "");
      assertErrno(EROFS, () -> create("/g"));
      assertErrno(EROFS, () -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      assertErrno(EROFS, () -> vfs.unlink("/f"));
      assertErrno(EROFS, () -> vfs.chmod("/f", 0600));
      assertErrno(EROFS, () -> vfs.truncate("/f", 0));
      assertThat(text("/f")).isEqualTo("x");
      vfs.remount("/", Set.of(), "");
      put("/g", "y");
      assertThat(text("/g")).isEqualTo("y");
    });
  }

  @Test
  void mount_again_showsTheSameTreeReadOnly() throws Exception {
    run(() -> {
      if (!fileSystem.keepsFiles()) {
        return;
      }
      vfs.mkdir("/d", 0750);
      put("/d/f", pattern(30_000, 9));
      vfs.symlink("d/f", "/l");
      var before = snapshot();
      vfs.unmount("/");
      fileSystem.mount(Set.of(MountFlag.READ_ONLY));
      assertThat(snapshot()).isEqualTo(before);
      assertErrno(EROFS, () -> vfs.unlink("/d/f"));
      vfs.unmount("/");
      fileSystem.mount(Set.of());
    });
  }

  @Test
  void closed_refusesEverything() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.close(file);
      assertErrno(EBADF, () -> vfs.close(file));
      assertErrno(EBADF, () -> vfs.read(file, new byte[1]));
      assertErrno(EBADF, () -> vfs.write(file, new byte[1]));
      assertErrno(EBADF, () -> vfs.fsync(file));
      assertErrno(EBADF, () -> vfs.fstat(file));
    });
  }
}
