package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * What every file system does when several tasks use it at once: on a simulated machine with many
 * seeds, and in real time.
 */
public abstract class FileSystemConcurrencyContract extends FileSystemHarness {

  /** Seeds each test is simulated with. */
  protected int seeds() {
    return 10;
  }

  /** Steps each task takes. */
  protected int steps() {
    return 150;
  }

  /** A task's work; the number tells tasks apart. */
  @FunctionalInterface
  private interface Work {
    void run(int task) throws Exception;
  }

  private void onBothMachines(LongBody body) throws Exception {
    for (long seed = 1; seed <= seeds(); seed++) {
      long chosen = seed;
      simulate(seed, Room.AMPLE, () -> body.run(chosen));
    }
    runReally(() -> body.run(0));
  }

  @FunctionalInterface
  private interface LongBody {
    void run(long seed) throws Exception;
  }

  private void inParallel(int count, Work work) {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(
          machine.spawn(
              "worker " + i,
              TaskKind.USER,
              () -> {
                try {
                  work.run(number);
                } catch (Exception | AssertionError e) {
                  failure.compareAndSet(null, e);
                }
              }));
    }
    tasks.forEach(Task::join);
    if (failure.get() != null) {
      throw new AssertionError("a task failed: " + failure.get().getMessage(), failure.get());
    }
  }

  /** Runs a call that may lose a race in one of these ways. */
  private static boolean tolerating(Set<Errno> tolerated, Call call) throws ErrnoException {
    try {
      call.run();
      return true;
    } catch (ErrnoException e) {
      if (!tolerated.contains(e.errno())) {
        throw e;
      }
      return false;
    }
  }

  @Test
  void names_ofOneDirectoryEach_matchModels() throws Exception {
    onBothMachines(
        seed -> inParallel(4, task -> new NameModel("/own" + task, seed * 31 + task).run()));
  }

  /** One task's directory and what must be in it. */
  private final class NameModel {
    private final String directory;
    private final Random random;
    private final java.util.TreeMap<String, String> files = new java.util.TreeMap<>();

    NameModel(String directory, long seed) {
      this.directory = directory;
      this.random = new Random(seed);
    }

    private String name() {
      return "n" + random.nextInt(12);
    }

    void run() throws ErrnoException {
      vfs.mkdir(directory, 0755);
      for (int step = 0; step < steps(); step++) {
        step();
      }
      assertThat(names(directory)).isEqualTo(List.copyOf(files.keySet()));
      for (var file : files.entrySet()) {
        assertThat(text(directory + "/" + file.getKey())).isEqualTo(file.getValue());
      }
    }

    private void step() throws ErrnoException {
      String name = name();
      String path = directory + "/" + name;
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          String content = "content " + random.nextInt(1000);
          put(path, content);
          files.put(name, content);
        }
        case 2 -> {
          if (tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.unlink(path))) {
            assertThat(files.remove(name)).as(path).isNotNull();
          } else {
            assertThat(files).as(path).doesNotContainKey(name);
          }
        }
        case 3 -> {
          String other = name();
          boolean moved =
              tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.rename(path, directory + "/" + other));
          assertThat(moved).as(path).isEqualTo(files.containsKey(name));
          if (moved) {
            files.put(other, files.remove(name));
          }
        }
        default -> {
          assertThat(names(directory)).isEqualTo(List.copyOf(files.keySet()));
          if (files.containsKey(name)) {
            assertThat(text(path)).isEqualTo(files.get(name));
          }
        }
      }
    }
  }

  @Test
  void create_exclusively_oneWinnerPerName() throws Exception {
    onBothMachines(seed -> {
      vfs.mkdir("/d", 0755);
      AtomicInteger[] winners = new AtomicInteger[40];
      Arrays.setAll(winners, i -> new AtomicInteger());
      inParallel(
          4,
          task -> {
            for (int i = 0; i < winners.length; i++) {
              String path = "/d/f" + i;
              AtomicReference<OpenFile> file = new AtomicReference<>();
              if (tolerating(EnumSet.of(Errno.EEXIST), () -> file.set(create(path)))) {
                winners[i].incrementAndGet();
                vfs.close(file.get());
              }
            }
          });
      assertThat(winners).extracting(AtomicInteger::get).containsOnly(1);
      assertThat(names("/d")).hasSize(winners.length);
    });
  }

  @Test
  void createUnlinkRename_ofSharedNames_leavesEachFileUnderOneName() throws Exception {
    onBothMachines(seed -> {
      vfs.mkdir("/a", 0755);
      vfs.mkdir("/b", 0755);
      AtomicInteger made = new AtomicInteger();
      AtomicInteger removed = new AtomicInteger();
      inParallel(
          4,
          task -> {
            Random random = new Random(seed * 7 + task);
            for (int i = 0; i < steps(); i++) {
              String one = (random.nextBoolean() ? "/a/" : "/b/") + random.nextInt(6);
              String other = (random.nextBoolean() ? "/a/" : "/b/") + random.nextInt(6);
              switch (random.nextInt(4)) {
                case 0 -> {
                  if (tolerating(EnumSet.of(Errno.EEXIST), () -> vfs.mknod(one, 0644, 0))) {
                    made.incrementAndGet();
                  }
                }
                case 1 -> {
                  if (tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.unlink(one))) {
                    removed.incrementAndGet();
                  }
                }
                case 2 ->
                    tolerating(
                        EnumSet.of(Errno.ENOENT, Errno.EEXIST),
                        () -> vfs.renameAt(null, one, null, other, Set.of(RenameFlag.NO_REPLACE)));
                default -> tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.stat(one));
              }
            }
          });
      assertThat(names("/a").size() + names("/b").size()).isEqualTo(made.get() - removed.get());
      for (String directory : List.of("/a", "/b")) {
        for (String name : names(directory)) {
          assertThat(vfs.stat(directory + "/" + name).links()).isEqualTo(1);
        }
      }
    });
  }

  @Test
  void rename_directoriesCrosswise_keepsATree() throws Exception {
    onBothMachines(seed -> {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        vfs.mkdir("/d" + i, 0755);
        put("/d" + i + "/mark" + i, "mark " + i);
        all.add("d" + i);
      }
      inParallel(
          4,
          task -> {
            Random random = new Random(seed * 13 + task);
            for (int i = 0; i < steps(); i++) {
              List<String> directories = directories("/");
              String from = directories.get(random.nextInt(directories.size()));
              String to = directories.get(random.nextInt(directories.size()));
              String name = from.substring(from.lastIndexOf('/') + 1);
              if (from.equals("/")) {
                continue;
              }
              tolerating(
                  EnumSet.of(
                      Errno.ENOENT, Errno.EINVAL, Errno.ENOTEMPTY, Errno.EBUSY, Errno.EEXIST),
                  () ->
                      vfs.renameAt(
                          null,
                          from,
                          null,
                          (to.equals("/") ? "" : to) + "/" + name,
                          Set.of(RenameFlag.NO_REPLACE)));
            }
          });
      List<String> found = new ArrayList<>();
      for (String path : directories("/")) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.matches("d[0-9]")) {
          found.add(name);
          assertThat(text(path + "/mark" + name.substring(1)))
              .isEqualTo("mark " + name.substring(1));
          String parent = path.substring(0, path.lastIndexOf('/'));
          assertThat(vfs.stat(path + "/..").inode())
              .isEqualTo(vfs.stat(parent.isEmpty() ? "/" : parent).inode());
        }
      }
      Collections.sort(found);
      assertThat(found).isEqualTo(all);
    });
  }

  /** Every directory below a path, with the path; what vanishes meanwhile is left out. */
  private List<String> directories(String path) throws ErrnoException {
    List<String> found = new ArrayList<>();
    found.add(path);
    List<String> children = new ArrayList<>();
    tolerating(
        EnumSet.of(Errno.ENOENT),
        () -> {
          for (DirectoryEntry entry : entries(path)) {
            String name = entry.name().toString();
            if (name.startsWith("d")) {
              children.add((path.equals("/") ? "" : path) + "/" + name);
            }
          }
        });
    for (String child : children) {
      if (found.size() + child.length() > 400) {
        break;
      }
      found.addAll(directories(child));
    }
    return found;
  }

  @Test
  void rmdirAgainstCreate_neverLosesAFile() throws Exception {
    onBothMachines(seed -> {
      for (int round = 0; round < 15; round++) {
        String directory = "/d" + round;
        vfs.mkdir(directory, 0755);
        AtomicBoolean removed = new AtomicBoolean();
        AtomicBoolean made = new AtomicBoolean();
        inParallel(
            2,
            task -> {
              if (task == 0) {
                removed.set(tolerating(EnumSet.of(Errno.ENOTEMPTY), () -> vfs.rmdir(directory)));
              } else {
                made.set(
                    tolerating(
                        EnumSet.of(Errno.ENOENT), () -> vfs.mknod(directory + "/f", 0644, 0)));
              }
            });
        assertThat(removed.get()).isNotEqualTo(made.get());
      }
    });
  }

  @Test
  void lookupAgainstUnlinkAndCreate_seesWholeFiles() throws Exception {
    onBothMachines(seed -> {
      inParallel(
          4,
          task -> {
            for (int i = 0; i < steps(); i++) {
              if (task < 2) {
                tolerating(
                    EnumSet.of(Errno.ENOENT),
                    () -> {
                      Attributes attributes = vfs.stat("/shared");
                      assertThat(attributes.type()).isEqualTo(FileType.REGULAR);
                    });
              } else if (task == 2) {
                put("/shared", "0123456789");
              } else {
                tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.unlink("/shared"));
              }
            }
          });
    });
  }

  @Test
  void write_concurrently_neverInterleaves() throws Exception {
    onBothMachines(seed -> {
      int size = 20_000;
      vfs.close(create("/f"));
      inParallel(
          4,
          task -> {
            OpenFile file = vfs.open("/f", OpenFlag.READ_WRITE);
            byte[] mine = new byte[size];
            Arrays.fill(mine, (byte) (task + 1));
            for (int i = 0; i < 10; i++) {
              assertThat(vfs.pwrite(file, mine, 0)).isEqualTo(size);
            }
            vfs.close(file);
          });
      byte[] content = bytes("/f");
      assertThat(content).hasSize(size).containsOnly(content[0]);
    });
  }

  @Test
  void append_concurrently_losesNothing() throws Exception {
    onBothMachines(seed -> {
      int size = 500;
      int each = 20;
      vfs.close(create("/log"));
      inParallel(
          4,
          task -> {
            OpenFile file = vfs.open("/log", OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
            byte[] mine = new byte[size];
            Arrays.fill(mine, (byte) (task + 1));
            for (int i = 0; i < each; i++) {
              assertThat(vfs.write(file, mine)).isEqualTo(size);
            }
            vfs.close(file);
          });
      byte[] content = bytes("/log");
      assertThat(content).hasSize(4 * each * size);
      int[] records = new int[5];
      for (int at = 0; at < content.length; at += size) {
        byte[] record = Arrays.copyOfRange(content, at, at + size);
        assertThat(record).containsOnly(record[0]);
        records[record[0]]++;
      }
      assertThat(records).containsExactly(0, each, each, each, each);
    });
  }

  @Test
  void openUnlinkClose_concurrently_givesEverythingBack() throws Exception {
    onBothMachines(seed -> {
      FileSystemStatus before = vfs.statfs("/");
      inParallel(
          4,
          task -> {
            Random random = new Random(seed + task);
            for (int i = 0; i < steps() / 3; i++) {
              String path = "/t" + random.nextInt(3);
              AtomicReference<OpenFile> opened = new AtomicReference<>();
              tolerating(
                  EnumSet.of(Errno.EEXIST, Errno.ENOENT),
                  () ->
                      opened.set(
                          random.nextBoolean()
                              ? create(path)
                              : vfs.open(path, OpenFlag.READ_WRITE)));
              OpenFile file = opened.get();
              if (file == null) {
                continue;
              }
              vfs.write(file, new byte[5000]);
              tolerating(EnumSet.of(Errno.ENOENT), () -> vfs.unlink(path));
              assertThat(vfs.pread(file, new byte[100], 0)).isEqualTo(100);
              vfs.close(file);
            }
          });
      Set<String> left = new HashSet<>(names("/"));
      left.removeIf(name -> !name.startsWith("t"));
      for (String name : left) {
        vfs.unlink("/" + name);
      }
      assertThat(vfs.statfs("/").freeFiles()).isEqualTo(before.freeFiles());
    });
  }

  @Test
  void sync_whileOthersWork_neverFailsAndNeverHangs() throws Exception {
    onBothMachines(seed ->
        inParallel(
            4,
            task -> {
              for (int i = 0; i < 15; i++) {
                switch (task) {
                  case 0 -> vfs.sync();
                  case 1 -> vfs.dropCaches();
                  default -> {
                    String path = "/w" + task + "-" + i % 4;
                    put(path, pattern(6000, i));
                    OpenFile file = vfs.open(path, OpenFlag.READ_WRITE);
                    vfs.fsync(file);
                    assertThat(bytes(file)).isEqualTo(pattern(6000, i));
                    vfs.close(file);
                  }
                }
              }
            }));
  }
}
