package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.blockdev.target.VolatileCache;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A removed file's inode number goes to another only when the device has forgotten the name. */
class Ext2PendingNumbersTest {

  private static final int INODES = 64;
  private static final int TASKS = 4;
  private static final int FILES_PER_TASK = 10;

  @TempDir Path directory;

  private interface Body {
    void run(TestStack stack, Media media, FaultyDevice disk) throws Exception;
  }

  private static void run(long seed, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(seed);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      Media media = TestStack.newMedia(4 << 20);
      BlockDevice cache =
          new VolatileCache(machine, "cache", TestStack.newDisk(machine, "media", media), 1);
      FaultyDevice disk = new FaultyDevice(machine, "vda", cache, 1);
      stack.add(disk);
      Ext2Format.DEFAULT.withBlockSize(1024).withInodes(INODES).write(machine, disk);
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      body.run(stack, media, disk);
      disk.clearFaults();
      stack.close();
    });
  }

  private static long create(TestStack stack, String path) throws ErrnoException {
    stack.vfs.close(stack.vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY));
    return stack.vfs.stat(path).inode();
  }

  /** Makes files until there is no inode left; gives their paths. */
  private static List<String> fill(TestStack stack, String directory) {
    List<String> made = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              while (true) {
                String path = directory + "/f" + made.size();
                create(stack, path);
                made.add(path);
              }
            })
        .hasMessageContaining("ENOSPC")
        .hasMessageContaining("inode");
    return made;
  }

  @Test
  void freedNumber_isHeldUntilASync() throws Exception {
    run(
        1,
        (stack, media, disk) -> {
          long number = create(stack, "/a");
          stack.vfs.unlink("/a");
          assertThat(create(stack, "/b")).isNotEqualTo(number);
          stack.vfs.mkdir("/d", 0755);
          long directory = stack.vfs.stat("/d").inode();
          stack.vfs.rmdir("/d");
          stack.vfs.mkdir("/e", 0755);
          assertThat(stack.vfs.stat("/e").inode()).isNotEqualTo(directory).isNotEqualTo(number);
          stack.vfs.sync();
          assertThat(Set.of(create(stack, "/g"), create(stack, "/h")))
              .containsExactlyInAnyOrder(number, directory);
        });
  }

  @Test
  void freedNumbers_whenNoOthersAreLeft_areForcedOutWithOneFlush() throws Exception {
    run(
        1,
        (stack, media, disk) -> {
          stack.vfs.mkdir("/d", 0755);
          List<String> made = fill(stack, "/d");
          stack.vfs.sync();
          for (String path : made) {
            stack.vfs.unlink(path);
          }
          long flushes = disk.counters().flushRequests();
          assertThat(fill(stack, "/d")).hasSameSizeAs(made);
          assertThat(disk.counters().flushRequests()).isEqualTo(flushes + 1);
        });
  }

  @Test
  void forcingOut_writesTheDirectoryThatLostTheName() throws Exception {
    run(
        1,
        (stack, media, disk) -> {
          stack.vfs.mkdir("/d", 0755);
          stack.vfs.mkdir("/e", 0755);
          create(stack, "/e/one");
          stack.vfs.link("/e/one", "/d/two");
          fill(stack, "/");
          stack.vfs.sync();
          long number = stack.vfs.stat("/d/two").inode();
          stack.vfs.unlink("/d/two");
          stack.vfs.unlink("/e/one");
          assertThat(create(stack, "/again")).isEqualTo(number);
          assertThat(namesOnDevice(media, "/d")).containsExactlyInAnyOrder(".", "..");
          assertThat(namesOnDevice(media, "/e")).containsExactlyInAnyOrder(".", "..");
        });
  }

  /** The names in a directory on a device as a power cut at this moment would leave it. */
  private List<String> namesOnDevice(Media media, String path) throws Exception {
    Media copy = TestStack.load(TestStack.save(media, directory.resolve("copy.img")));
    List<String> names = new ArrayList<>();
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
      stack.addDisk("vda", copy);
      stack.vfs.mount("vda", "/", "ext2", Set.of(MountFlag.READ_ONLY), "");
      OpenFile listed = stack.vfs.open(path, OpenFlag.DIRECTORY);
      stack.vfs.getdents(listed, 100).forEach(entry -> names.add(entry.name().toString()));
      stack.vfs.close(listed);
      stack.close();
    });
    return names;
  }

  /** However removals, creations and settlements meet, numbers merely held are no lack of them. */
  @Test
  void manyTasks_withFewerFilesThanInodes_neverLackSpace() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      long thisSeed = seed;
      run(
          seed,
          (stack, media, disk) -> {
            List<Task> tasks = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
              int number = i;
              tasks.add(
                  stack.machine.spawn(
                      "seed " + thisSeed + ", worker " + i,
                      TaskKind.USER,
                      () -> churn(stack, "/d" + number, new Random(thisSeed * 10 + number))));
            }
            tasks.forEach(Task::join);
          });
    }
  }

  private static void churn(TestStack stack, String home, Random random) {
    try {
      stack.vfs.mkdir(home, 0755);
      for (int i = 0; i < 60; i++) {
        String path = home + "/f" + random.nextInt(FILES_PER_TASK);
        create(stack, path);
        if (random.nextInt(3) > 0) {
          stack.vfs.unlink(path);
        }
        stack.machine.sleep(random.nextInt(100_000));
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void forcingOut_whenTheDeviceFails_failsAndHoldsTheNumbers() throws Exception {
    run(
        1,
        (stack, media, disk) -> {
          List<String> made = fill(stack, "/");
          stack.vfs.sync();
          stack.vfs.unlink(made.getFirst());
          disk.inject(Fault.error(Errno.EIO).on(BioOperation.FLUSH));
          assertThatThrownBy(() -> create(stack, "/new")).hasMessageContaining("EIO");
          assertThatThrownBy(() -> create(stack, "/new")).hasMessageContaining("EIO");
          disk.clearFaults();
          assertThat(create(stack, "/new")).isPositive();
          assertThatThrownBy(() -> create(stack, "/more")).hasMessageContaining("ENOSPC");
        });
  }
}
