package dev.sekiso.integration.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nothing dirty is ever lost: whatever tasks, groups, flushers, reclaim and a failing device do to
 * each other, in the end each place of each file is on the device as it was last written, or every
 * open file has been told, once, that something may be missing.
 *
 * <p>{@code -Dsekiso.runs=1000} runs so many seeds on each machine, and {@code -Dsekiso.first=4711}
 * begins at that one.
 */
class NothingLostTest {

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final long FIRST = Long.getLong("sekiso.first", 1);

  /** A run takes a second; one that takes so long hangs. */
  private static final Duration HANG = Duration.ofMinutes(3);

  private static final String SIZE = "8m";
  private static final List<String> FLUSHERS = List.of("per-bdi", "per-bdi", "pdflush", "manual");
  private static final List<String> THROTTLES = List.of("pos-ratio", "pos-ratio", "ratelimit");
  private static final List<String> CACHES = List.of("folio", "folio", "folio", "pass-through");
  private static final List<String> LAYERS = List.of("cgroup", "cgroup", "cgroup", "write-through");
  private static final List<String> RECLAIM_WRITES = List.of("never", "background", "writers");
  private static final List<String> SCHEDULERS = List.of("none", "mq-deadline");

  @ParameterizedTest
  @CsvSource({"simulated, 20", "system, 8"})
  void dirtyData_underEverythingAtOnce_isOnTheDeviceOrItsLossIsTold(String machine, int runs)
      throws Exception {
    long strikes = 0;
    long tellings = 0;
    long certain = 0;
    long unmounts = 0;
    long freezes = 0;
    long removals = 0;
    int wanted = Integer.getInteger("sekiso.runs", runs);
    for (long seed = FIRST; seed < FIRST + wanted; seed++) {
      try {
        long chosen = seed;
        DirtyRun.Result result = assertTimeoutPreemptively(HANG, () -> run(machine, chosen));
        strikes += result.strikes();
        tellings += result.tellings();
        certain += result.subjects().stream().mapToInt(s -> s.ledger.certain()).sum();
        unmounts += result.unmounts();
        freezes += result.freezes();
        removals += result.removals();
      } catch (AssertionError | Exception e) {
        throw new AssertionError(
            "seed %d (-Dsekiso.first=%d -Dsekiso.runs=1): %s".formatted(seed, seed, e.getMessage()),
            e);
      }
    }
    if (wanted < runs) {
      // Too few to meet everything: somebody looks at single seeds.
      return;
    }
    assertThat(strikes).as("writes that failed").isPositive();
    assertThat(tellings).as("calls that told of it").isPositive();
    assertThat(certain).as("places with only one right value").isPositive();
    assertThat(unmounts).as("unmounts").isPositive();
    assertThat(freezes).as("freezes").isPositive();
    assertThat(removals).as("groups removed").isPositive();
  }

  private static DirtyRun.Result run(String machine, long seed) throws ErrnoException {
    Random choices = new Random(seed);
    boolean faults = choices.nextInt(3) > 0;
    Media media = new Media((8 << 20) >> 9);
    String cache = pick(choices, CACHES);
    String layer = pick(choices, LAYERS);
    boolean groups = cache.equals("folio") && choices.nextBoolean();
    // Where writes go down at once, one that fails has its own answer, and who asks is told as
    // ever.
    int answers = cache.equals("pass-through") ? 2 : 1;
    int blockCells = 1 << choices.nextInt(3);
    // Where metadata is lost the file system is for repair; then calls and tellings are looked at.
    Ledger.Loss loss = choices.nextInt(4) > 0 ? Ledger.Loss.BLOCKS : Ledger.Loss.METADATA;
    StorageStack.Builder builder =
        StorageStack.builder()
            .catalog(CATALOG)
            .machine(machine.equals("simulated") ? "simulated?seed=" + seed : machine)
            .memory(choices.nextBoolean() ? "1m" : "2m")
            .layer("pagecache", cache)
            .layer("writeback", layer)
            .flusher(pick(choices, FLUSHERS))
            .throttle(pick(choices, THROTTLES))
            .scheduler(pick(choices, SCHEDULERS))
            .set("large_folios", choices.nextBoolean() ? "on" : "off")
            .set("reclaim_writes", pick(choices, RECLAIM_WRITES))
            .set("dirty_writeback_centisecs", "1")
            .set("dirty_expire_centisecs", Integer.toString(choices.nextInt(4)))
            .media(Map.of("sda", media, "sda-0", media))
            .device("flaky(ram:" + SIZE + ")?seed=" + seed)
            .fileSystem("ext2?block_size=" + blockCells + "k")
            .mountAt(DirtyRun.PLACE)
            .mount("/", "ramfs");
    DirtyRun.Result[] result = new DirtyRun.Result[1];
    try {
      Outcome<Void> outcome =
          builder.run(stack -> {
            result[0] = new DirtyRun(stack, seed, loss, blockCells).run(faults, groups, answers);
            return null;
          });
      assertThat(outcome.powerWasCut()).isFalse();
    } catch (ErrnoException e) {
      // What concerns no file, such as a bitmap, is told by who unmounts.
      if (result[0] == null || result[0].strikes() == 0) {
        throw e;
      }
    }
    if (loss == Ledger.Loss.BLOCKS || result[0].strikes() == 0) {
      check(media, result[0]);
    }
    return result[0];
  }

  private static String pick(Random choices, List<String> from) {
    return from.get(choices.nextInt(from.size()));
  }

  /** Looks at the device itself, on a stack that knows nothing of the first. */
  private static void check(Media media, DirtyRun.Result result) throws ErrnoException {
    StorageStack.builder()
        .catalog(CATALOG)
        .simulated(1)
        .memory("2m")
        .media(Map.of("sda", media))
        .device("ram:" + SIZE)
        .format(StorageStack.Format.NEVER)
        .mountAt(DirtyRun.PLACE)
        .mount("/", "ramfs")
        .run(stack -> {
          for (Subject subject : result.subjects()) {
            assertThat(subject.ledger.complaint(Subject.read(stack.vfs(), subject.path)))
                .as(subject.path)
                .isNull();
          }
          return null;
        });
  }
}
