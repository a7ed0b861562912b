package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.target.VolatileCache;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
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

/**
 * The power fails at any event, on a disk that may have lost any part of what was not flushed:
 * after {@code e2fsck -fy} every file that had been synced along with its directories, and not been
 * touched since, is there with the synced content.
 */
class Ext2PowerCutTest {

  private static final long DISK_BYTES = 3 << 20;
  private static final int SEEDS = 60;
  private static final int TASKS = 3;
  private static final int STEPS = 60;

  @TempDir Path directory;

  @Test
  void powerCut_anywhere_keepsWhatWasSynced() throws Exception {
    E2fsprogs.assumeInstalled();
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        cutAndCheck(seed);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private void cutAndCheck(long seed) throws Exception {
    Run whole = new Run(seed);
    long start = whole.go(Long.MAX_VALUE);
    long events = whole.machine.eventCount();
    Run cut = new Run(seed);
    long event = start + 1 + new Random(seed).nextLong(events - start);
    cut.go(event);
    Path image = TestStack.save(cut.media, directory.resolve("cut.img"));
    String repair = E2fsprogs.repair(image);
    E2fsprogs.assertClean(image);
    check(cut.synced, image, "cut at event " + event + " of " + events + "; " + repair);
    Files.delete(image);
  }

  private static void check(Map<String, byte[]> synced, Path image, String story) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      stack.addDisk("vda", TestStack.load(image));
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      for (Map.Entry<String, byte[]> file : synced.entrySet()) {
        byte[] found;
        try {
          found = read(stack.vfs, file.getKey());
        } catch (ErrnoException e) {
          throw new AssertionError(file.getKey() + " is lost: " + e + "; " + story, e);
        }
        assertThat(Arrays.equals(found, file.getValue()))
            .as(
                "content of %s (%d bytes, %d found); %s",
                file.getKey(), file.getValue().length, found.length, story)
            .isTrue();
      }
      stack.close();
    });
  }

  private static byte[] read(Vfs vfs, String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      byte[] content = new byte[(int) vfs.fstat(file).size()];
      int count = content.length == 0 ? 0 : vfs.read(file, content);
      return Arrays.copyOf(content, count);
    } finally {
      vfs.close(file);
    }
  }

  /** One machine with tasks that work on files until they are done or the power fails. */
  private static final class Run {
    private final long seed;
    private final Media media = TestStack.newMedia(DISK_BYTES);
    private final Map<String, byte[]> synced = new TreeMap<>();
    private SimulatedMachine machine;
    private Vfs vfs;

    Run(long seed) {
      this.seed = seed;
    }

    /** Gives the event at which the work began. */
    long go(long cutAt) throws Exception {
      machine = new SimulatedMachine(seed);
      long[] start = new long[1];
      try {
        machine.run(() -> {
          TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 200);
          BlockDevice disk =
              new VolatileCache(machine, "vda", TestStack.newDisk(machine, "media", media), seed);
          stack.add(disk);
          int[] blockSizes = {1024, 2048, 4096};
          Ext2Format.DEFAULT
              .withBlockSize(blockSizes[(int) (seed % 3)])
              .withInodes(128)
              .write(machine, disk);
          vfs = stack.vfs;
          vfs.mount("vda", "/", "ext2", Set.of(), "");
          start[0] = machine.eventCount();
          if (cutAt != Long.MAX_VALUE) {
            machine.cutPowerAtEvent(cutAt);
          }
          work(stack);
          stack.close();
        });
      } catch (PowerCut e) {
        assertThat(cutAt).as("event of the power cut").isNotEqualTo(Long.MAX_VALUE);
      }
      return start[0];
    }

    private void work(TestStack stack) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        int number = i;
        tasks.add(machine.spawn("worker " + i, TaskKind.USER, () -> worker(number)));
      }
      machine.spawn(
          "flusher",
          TaskKind.DAEMON,
          () -> {
            while (true) {
              machine.sleep(300_000);
              stack.writeback.flush();
            }
          });
      tasks.forEach(Task::join);
    }

    private void worker(int number) {
      Random random = new Random(seed * 100 + number);
      try {
        String home = "/home" + number;
        vfs.mkdir(home, 0755);
        for (int step = 0; step < STEPS; step++) {
          machine.sleep(random.nextInt(50_000));
          try {
            step(home, random);
          } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT
                && e.errno() != Errno.ENOSPC
                && e.errno() != Errno.ENOTEMPTY
                && e.errno() != Errno.EEXIST
                && e.errno() != Errno.ENOTDIR
                && e.errno() != Errno.EISDIR) {
              throw e;
            }
          }
        }
      } catch (ErrnoException e) {
        throw new AssertionError(e);
      }
    }

    private void step(String home, Random random) throws ErrnoException {
      String parent = random.nextInt(3) == 0 ? home : home + "/d" + random.nextInt(3);
      String path =
          parent + "/f" + random.nextInt(6) + "x".repeat(random.nextInt(2) * random.nextInt(150));
      switch (random.nextInt(13)) {
        case 0, 1, 2, 3, 4 -> {
          forget(path);
          byte[] content = new byte[size(random)];
          random.nextBytes(content);
          OpenFile file =
              vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.TRUNCATE, OpenFlag.WRITE_ONLY);
          try {
            int done = 0;
            while (done < content.length) {
              done += vfs.pwrite(file, Arrays.copyOfRange(content, done, content.length), done);
            }
            if (random.nextInt(3) > 0) {
              vfs.fsync(file);
              syncDirectories(parent);
              synced.put(path, content);
            }
          } finally {
            vfs.close(file);
          }
        }
        case 5 -> vfs.mkdir(home + "/d" + random.nextInt(3), 0755);
        case 6 -> vfs.rmdir(home + "/d" + random.nextInt(3));
        case 7, 8 -> {
          forget(path);
          vfs.unlink(path);
        }
        case 9 -> {
          String other = home + "/f" + random.nextInt(6);
          forget(path);
          forget(other);
          vfs.rename(path, other);
        }
        case 10 -> {
          forget(path);
          vfs.truncate(path, random.nextInt(30_000));
        }
        case 11 -> punch(path, parent, random);
        default -> {
          if (random.nextInt(5) == 0) {
            vfs.sync();
          }
        }
      }
    }

    private void punch(String path, String parent, Random random) throws ErrnoException {
      byte[] content = synced.get(path);
      forget(path);
      OpenFile file = vfs.open(path, OpenFlag.READ_WRITE);
      try {
        int at = random.nextInt(20_000);
        int length = 1 + random.nextInt(100_000);
        vfs.fallocate(file, FileOperations.PUNCH_HOLE | FileOperations.KEEP_SIZE, at, length);
        if (random.nextBoolean()) {
          vfs.fdatasync(file);
          if (content != null) {
            int from = Math.min(at, content.length);
            byte[] punched = content.clone();
            Arrays.fill(punched, from, Math.min(at + length, content.length), (byte) 0);
            syncDirectories(parent);
            synced.put(path, punched);
          }
        }
      } finally {
        vfs.close(file);
      }
    }

    private void forget(String path) {
      synced.remove(path);
    }

    private static int size(Random random) {
      return random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(9000);
    }

    private void syncDirectories(String path) throws ErrnoException {
      String at = path;
      while (true) {
        OpenFile directory = vfs.open(at.isEmpty() ? "/" : at, OpenFlag.DIRECTORY);
        try {
          vfs.fsync(directory);
        } finally {
          vfs.close(directory);
        }
        if (at.isEmpty()) {
          return;
        }
        at = at.substring(0, at.lastIndexOf('/'));
      }
    }
  }
}
