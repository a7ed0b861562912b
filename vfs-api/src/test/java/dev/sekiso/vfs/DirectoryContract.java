package dev.sekiso.vfs;

import static dev.sekiso.machine.Errno.ENOENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every file system does with directories: depth, size, listing, counting. */
abstract class DirectoryContract extends FileSystemHarness {

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
}
