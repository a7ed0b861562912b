package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.TimeChange;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.Vfs;
import java.io.ByteArrayOutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images made and filled by e2fsprogs are read by us, and the other way round. */
class Ext2ImageTest {

  @TempDir Path directory;

  private interface Body {
    void run(TestStack stack) throws Exception;
  }

  private static void onMedia(Media media, Set<MountFlag> flags, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(7);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 8192);
      stack.addDisk("vda", media);
      stack.vfs.mount("vda", "/", "ext2", flags, "");
      body.run(stack);
      stack.close();
    });
  }

  private static byte[] read(Vfs vfs, String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      byte[] content = new byte[(int) vfs.fstat(file).size()];
      int done = 0;
      while (done < content.length) {
        byte[] piece = new byte[Math.min(100_000, content.length - done)];
        int count = vfs.pread(file, piece, done);
        assertThat(count).as("bytes read of " + path).isPositive();
        System.arraycopy(piece, 0, content, done, count);
        done += count;
      }
      return content;
    } finally {
      vfs.close(file);
    }
  }

  private static List<String> list(Vfs vfs, String path) throws ErrnoException {
    List<String> names = new ArrayList<>();
    OpenFile file = vfs.open(path, OpenFlag.DIRECTORY);
    try {
      List<DirectoryEntry> some = vfs.getdents(file, 50);
      while (!some.isEmpty()) {
        some.forEach(entry -> names.add(entry.name().toString()));
        some = vfs.getdents(file, 50);
      }
    } finally {
      vfs.close(file);
    }
    names.removeAll(List.of(".", ".."));
    return names;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024",
        "-b 2048",
        "-b 4096",
        "-b 1024 -r 0",
        "-b 1024 -I 128 -O ^dir_index,^resize_inode",
        "-b 4096 -O ^filetype,^sparse_super,^resize_inode",
        "-b 1024 -O meta_bg,^resize_inode"
      })
  void filledByDebugfs_readsBackTheSame(String options) throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = directory.resolve("read.img");
    E2fsprogs.mke2fs(image, "40M", options.split(" "));
    Map<String, byte[]> contents = fill(image);
    onMedia(
        TestStack.load(image),
        Set.of(MountFlag.READ_ONLY),
        stack -> {
          for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            assertThat(Arrays.equals(read(stack.vfs, file.getKey()), file.getValue()))
                .as("content of " + file.getKey())
                .isTrue();
          }
          checkSpecials(stack.vfs);
        });
  }

  /** Fills an image; gives the regular files and their contents. */
  private Map<String, byte[]> fill(Path image) throws Exception {
    Random random = new Random(image.hashCode() * 0L + 42);
    Map<String, byte[]> contents = new TreeMap<>();
    List<byte[]> commands = new ArrayList<>();
    int[] sizes = {0, 1, 59, 60, 1023, 1024, 4096, 12_289, 70_000, 300_000};
    StringBuilder path = new StringBuilder();
    for (int depth = 0; depth < 12; depth++) {
      path.append("/d").append(depth);
      commands.add(ascii("mkdir " + path));
    }
    for (int i = 0; i < 400; i++) {
      byte[] content = new byte[i < 60 ? sizes[i % sizes.length] : random.nextInt(700)];
      random.nextBytes(content);
      String name = (i % 7 == 0 ? path : "") + "/file-" + i + "-" + "n".repeat(i % 60);
      contents.put(name, content);
      Path source = Files.write(directory.resolve("source" + i), content);
      commands.add(ascii("write " + source + " " + name));
    }
    byte[] strange = {'/', (byte) 0xFF, (byte) 0xC3, 'z', (byte) 0xE9};
    Path source = Files.write(directory.resolve("strange"), ascii("strange"));
    ByteArrayOutputStream command = new ByteArrayOutputStream();
    command.writeBytes(ascii("write " + source + " "));
    command.writeBytes(strange);
    commands.add(command.toByteArray());
    contents.put("/" + FileName.decode(Arrays.copyOfRange(strange, 1, 5)), ascii("strange"));
    commands.add(ascii("symlink /short target"));
    commands.add(ascii("symlink /edge59 " + "e".repeat(59)));
    commands.add(ascii("symlink /edge60 " + "e".repeat(60)));
    commands.add(ascii("symlink /long " + "a/".repeat(200)));
    commands.add(ascii("mknod char c 5 1"));
    commands.add(ascii("mknod block b 8 300"));
    commands.add(ascii("mknod pipe p"));
    commands.add(ascii("link /short /short2"));
    commands.add(ascii("set_inode_field /short links_count 2"));
    commands.add(ascii("set_inode_field /file-1-n uid 70000"));
    commands.add(ascii("set_inode_field /file-1-n gid 65537"));
    commands.add(ascii("set_inode_field /file-1-n mode 0104751"));
    commands.add(ascii("set_inode_field /file-1-n mtime @-1000000000"));
    E2fsprogs.debugfs(image, commands);
    return contents;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void checkSpecials(Vfs vfs) throws ErrnoException {
    assertThat(vfs.readlink("/short")).isEqualTo("target");
    assertThat(vfs.readlink("/short2")).isEqualTo("target");
    assertThat(vfs.readlink("/edge59")).isEqualTo("e".repeat(59));
    assertThat(vfs.readlink("/edge60")).isEqualTo("e".repeat(60));
    assertThat(vfs.readlink("/long")).isEqualTo("a/".repeat(200));
    assertThat(vfs.lstat("/short").links()).isEqualTo(2);
    assertThat(vfs.stat("/char").type()).isEqualTo(FileType.CHARACTER_DEVICE);
    assertThat(vfs.stat("/char").specialDevice()).isEqualTo(0x501);
    assertThat(vfs.stat("/block").specialDevice()).isEqualTo(0x10082CL);
    assertThat(vfs.stat("/pipe").type()).isEqualTo(FileType.FIFO);
    Attributes odd = vfs.stat("/file-1-n");
    assertThat(odd.uid()).isEqualTo(70000);
    assertThat(odd.gid()).isEqualTo(65537);
    assertThat(odd.mode()).isEqualTo(0104751);
    assertThat(odd.modificationTime().seconds()).isEqualTo(-1_000_000_000L);
    assertThat(list(vfs, "/d0/d1/d2")).containsExactly("d3");
    assertThat(list(vfs, "/")).contains("lost+found", "short", "block").doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096})
  void sparseFile_throughTripleIndirect_readsBackTheSame(int blockSize) throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = directory.resolve("sparse.img");
    E2fsprogs.mke2fs(image, "16M", "-b", "" + blockSize);
    long pointers = blockSize / 4;
    long[] blocks = {
      0, 11, 12, 12 + pointers, 12 + pointers + pointers * pointers + 5 * pointers + 3
    };
    Path source = directory.resolve("source");
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      for (long block : blocks) {
        file.seek(block * blockSize);
        file.write(ascii("block " + block));
      }
    }
    long size = Files.size(source);
    if (size > 5L << 30) {
      Files.delete(source);
      sparseWrittenByUs(image, blocks, blockSize);
      return;
    }
    E2fsprogs.debugfs(image, "write " + source + " /sparse");
    onMedia(
        TestStack.load(image),
        Set.of(),
        stack -> {
          assertThat(stack.vfs.stat("/sparse").size()).isEqualTo(size);
          checkSparse(stack.vfs, blocks, blockSize);
        });
  }

  private static void checkSparse(Vfs vfs, long[] blocks, int blockSize) throws ErrnoException {
    OpenFile file = vfs.open("/sparse", OpenFlag.READ_ONLY);
    for (long block : blocks) {
      byte[] expected = ascii("block " + block);
      byte[] found = new byte[expected.length];
      assertThat(vfs.pread(file, found, block * blockSize)).isEqualTo(found.length);
      assertThat(found).isEqualTo(expected);
      if (block > 20) {
        byte[] hole = new byte[100];
        vfs.pread(file, hole, (block - 2) * blockSize);
        assertThat(hole).containsOnly(0);
      }
    }
    vfs.close(file);
  }

  /** The tools would take too long over so large a file: written by us, judged by e2fsck. */
  private void sparseWrittenByUs(Path image, long[] blocks, int blockSize) throws Exception {
    Media media = TestStack.load(image);
    onMedia(
        media,
        Set.of(),
        stack -> {
          OpenFile file = stack.vfs.open("/sparse", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
          for (long block : blocks) {
            stack.vfs.pwrite(file, ascii("block " + block), block * blockSize);
          }
          stack.vfs.close(file);
        });
    E2fsprogs.assertClean(TestStack.save(media, image));
    onMedia(media, Set.of(), stack -> checkSparse(stack.vfs, blocks, blockSize));
  }

  @Test
  void hashIndexedDirectory_changedByUs_staysClean() throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = directory.resolve("indexed.img");
    E2fsprogs.mke2fs(image, "16M", "-b", "1024", "-N", "3000");
    List<String> commands = new ArrayList<>();
    commands.add("mkdir /big");
    Path source = Files.write(directory.resolve("empty"), new byte[0]);
    for (int i = 0; i < 1500; i++) {
      commands.add("write " + source + " /big/a-rather-long-name-" + i);
    }
    E2fsprogs.debugfs(image, commands.toArray(String[]::new));
    E2fsprogs.run("e2fsck", new byte[0], List.of("-fyD", image.toString()));
    assertThat(E2fsprogs.debugfs(image, "htree_dump /big")).contains("Root node dump");
    Media media = TestStack.load(image);
    onMedia(
        media,
        Set.of(),
        stack -> {
          assertThat(list(stack.vfs, "/big")).hasSize(1500);
          for (int i = 0; i < 1500; i += 2) {
            stack.vfs.unlink("/big/a-rather-long-name-" + i);
          }
          for (int i = 0; i < 300; i++) {
            stack.vfs.mknod("/big/new" + i, 0644, 0);
          }
          assertThat(list(stack.vfs, "/big")).hasSize(1050).doesNotHaveDuplicates();
        });
    E2fsprogs.assertClean(TestStack.save(media, image));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-b 1024", "-b 4096 -I 128", "-b 2048 -r 0"})
  void treeWrittenByUs_isCleanAndDumpsTheSame(String options) throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = directory.resolve("write.img");
    E2fsprogs.mke2fs(image, "40M", options.split(" "));
    Media media = TestStack.load(image);
    Map<String, byte[]> contents = new TreeMap<>();
    onMedia(media, Set.of(), stack -> writeTree(stack.vfs, contents));
    E2fsprogs.assertClean(TestStack.save(media, image));
    Path dump = Files.createDirectory(directory.resolve("dump"));
    E2fsprogs.debugfs(image, "rdump / " + dump);
    for (Map.Entry<String, byte[]> file : contents.entrySet()) {
      assertThat(Files.readAllBytes(Path.of(dump + file.getKey())))
          .as(file.getKey())
          .isEqualTo(file.getValue());
    }
    assertThat(Files.readSymbolicLink(dump.resolve("long"))).hasToString("x".repeat(300));
    String stat = E2fsprogs.debugfs(image, "stat /d3/f3", "stat /dev", "stat /hard");
    assertThat(stat)
        .contains("Mode:  0640", "User: 70001", "Group: 70002", "Links: 2")
        .contains("Device major/minor number: 259:1000");
  }

  private static void writeTree(Vfs vfs, Map<String, byte[]> contents) throws ErrnoException {
    Random random = new Random(3);
    for (int i = 0; i < 20; i++) {
      vfs.mkdir("/d" + i, 0755);
      for (int j = 0; j < 30; j++) {
        byte[] content = new byte[j == 0 ? 400_000 : random.nextInt(6000)];
        random.nextBytes(content);
        String path = "/d" + i + "/f" + j;
        OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
        assertThat(vfs.write(file, content)).isEqualTo(content.length);
        vfs.close(file);
        contents.put(path, content);
      }
    }
    vfs.chmod("/d3/f3", 0640);
    vfs.chown("/d3/f3", 70001, 70002);
    vfs.link("/d3/f3", "/hard");
    contents.put("/hard", contents.get("/d3/f3"));
    vfs.symlink("x".repeat(300), "/long");
    vfs.mknod("/dev", 0060600, dev.sekiso.filesystems.bdev.BlockDeviceTable.number(259, 1000));
    for (int i = 0; i < 30; i++) {
      vfs.unlink("/d7/f" + i);
      contents.remove("/d7/f" + i);
    }
    vfs.rmdir("/d7");
    vfs.rename("/d8", "/d9/d8");
    for (int i = 0; i < 30; i++) {
      contents.put("/d9/d8/f" + i, contents.remove("/d8/f" + i));
    }
  }

  @Test
  void times_beyondWhatAnInodeStores_areKeptOrClamped() throws Exception {
    for (int inodeSize : new int[] {128, 256}) {
      Media media = TestStack.newMedia(1 << 20);
      SimulatedMachine machine = new SimulatedMachine(1);
      machine.run(() ->
          Ext2Format.DEFAULT
              .withInodeSize(inodeSize)
              .write(machine, TestStack.newDisk(machine, "vda", media)));
      Timestamp late = new Timestamp(9_000_000_000L, 123_456_789);
      Timestamp early = new Timestamp(-1_000_000_000L, 5);
      onMedia(
          media,
          Set.of(),
          stack -> {
            stack.vfs.mknod("/f", 0644, 0);
            stack.vfs.utimens("/f", TimeChange.to(late), TimeChange.to(early));
          });
      onMedia(
          media,
          Set.of(MountFlag.READ_ONLY),
          stack -> {
            Attributes found = stack.vfs.stat("/f");
            boolean wide = inodeSize == 256;
            assertThat(found.accessTime())
                .isEqualTo(wide ? late : new Timestamp(Integer.MAX_VALUE, 0));
            assertThat(found.modificationTime())
                .isEqualTo(wide ? early : new Timestamp(-1_000_000_000L, 0));
          });
    }
  }
}
