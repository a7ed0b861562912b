package dev.sekiso.integration.powercut;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.integration.invariants.CheckedStacks;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The power fails at a random event, on a disk that may have lost any part of what was not flushed,
 * with tasks in the middle of writing, renaming and syncing: after {@code e2fsck -fy} every file
 * that had been made durable along with its directory, and not been touched since, is there with
 * that content.
 *
 * <p>{@code -Dsekiso.powercut.seeds=10000} runs so many seeds in all, shared among the schedulers,
 * and {@code -Dsekiso.powercut.first=4711} begins at that one.
 */
class PowerCutTest {

  private static final long FIRST = Long.getLong("sekiso.powercut.first", 1);
  private static final int SEEDS = Integer.getInteger("sekiso.powercut.seeds", 200);
  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final String SIZE = "4m";
  private static final List<String> DEVICES =
      List.of("ram:" + SIZE, "nvme:" + SIZE, "sata:" + SIZE, "hdd:" + SIZE);
  private static final List<String> BLOCK_SIZES = List.of("1k", "2k", "4k");
  private static final int TASKS = 3;

  /** Enough for dozens of calls of every task; the first cuts come before any has returned. */
  private static final int EVENTS = 3000;

  @RegisterExtension final CheckedStacks stacks = new CheckedStacks();

  @TempDir Path directory;

  static List<String> schedulers() {
    return CATALOG.choices(Seams.SCHEDULER).stream().map(choice -> choice.name()).toList();
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void powerCut_anywhere_keepsWhatWasMadeDurable(String scheduler) throws Exception {
    E2fsprogs.assumeInstalled();
    int schedulers = schedulers().size();
    int kept = 0;
    for (long seed = FIRST + schedulers().indexOf(scheduler);
        seed < FIRST + SEEDS;
        seed += schedulers) {
      try {
        kept += cutAndCheck(seed, scheduler);
      } catch (AssertionError | Exception e) {
        throw new AssertionError(
            "seed "
                + seed
                + " (-Dsekiso.powercut.first="
                + seed
                + " -Dsekiso.powercut.seeds=1): "
                + e.getMessage(),
            e);
      }
    }
    assertThat(kept).as("files that had been made durable, over all seeds").isPositive();
  }

  private int cutAndCheck(long seed, String scheduler) throws Exception {
    List<Map<String, byte[]>> durable = new ArrayList<>();
    Media media = cut(seed, scheduler, durable);
    Path image = TestStack.save(media, directory.resolve("cut.img"));
    String repair = E2fsprogs.repair(image);
    Map<String, byte[]> expected = new TreeMap<>();
    durable.forEach(expected::putAll);
    check("seed " + seed, expected, TestStack.load(image), repair);
    Files.delete(image);
    return expected.size();
  }

  /** Runs until the power fails, and gives what is then on the disk itself. */
  private static Media cut(long seed, String scheduler, List<Map<String, byte[]>> durable)
      throws ErrnoException {
    Random choices = new Random(seed);
    String device = DEVICES.get(choices.nextInt(DEVICES.size()));
    String blockSize = BLOCK_SIZES.get(choices.nextInt(BLOCK_SIZES.size()));
    long event = 1 + choices.nextInt(EVENTS);
    Outcome<Void> outcome =
        StorageStack.builder()
            .catalog(CATALOG)
            .simulated(seed)
            .memory("1m")
            .scheduler(scheduler)
            .set("dirty_writeback_centisecs", "1")
            .set("dirty_expire_centisecs", "2")
            .device("volatile-cache(" + device + ")?seed=" + seed)
            .fileSystem("ext2?block_size=" + blockSize)
            .run(stack -> {
              stack.vfs().mkdir("/shared", 0755);
              stack.sync();
              SimulatedMachine machine = (SimulatedMachine) stack.machine();
              machine.cutPowerAtEvent(machine.eventCount() + event);
              for (int i = 0; i < TASKS; i++) {
                Map<String, byte[]> own = new TreeMap<>();
                durable.add(own);
                Worker worker = new Worker(stack, seed, i, own);
                machine.spawn("worker " + i, TaskKind.USER, worker::run);
              }
              machine.sleep(Long.MAX_VALUE);
              throw new AssertionError("the power was cut");
            });
    assertThat(outcome.powerWasCut()).isTrue();
    assertThat(outcome.media()).hasSize(1);
    return outcome.media().values().iterator().next();
  }

  private void check(String name, Map<String, byte[]> expected, Media media, String repair)
      throws ErrnoException {
    StorageStack.Builder builder =
        StorageStack.builder()
            .catalog(CATALOG)
            .simulated(1)
            .memory("1m")
            .media(Map.of("sda", media))
            .device("ram:" + SIZE)
            .format(StorageStack.Format.NEVER);
    stacks.run(
        name,
        builder,
        stack -> {
          for (Map.Entry<String, byte[]> file : expected.entrySet()) {
            byte[] found;
            try {
              found = Contents.read(stack.vfs(), file.getKey());
            } catch (ErrnoException e) {
              throw new AssertionError(file.getKey() + " is lost: " + e + "; " + repair, e);
            }
            assertThat(Arrays.mismatch(found, file.getValue()))
                .as(
                    "first wrong byte of %s (%d bytes, found %d); %s",
                    file.getKey(), file.getValue().length, found.length, repair)
                .isEqualTo(-1);
          }
          return null;
        });
  }
}
