package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.SimulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Linux 6.18 sent to its driver, against what we send, for the recordings of the block layer
 * ({@code blk/}). Runs where the system property {@code sekiso.golden} names the folder that holds
 * them.
 *
 * <p>An operation is replayed as the bios the kernel's file system submitted: direct I/O and one
 * batch of asynchronous I/O (more than two requests) under one plug, each readahead under its own,
 * writeback's data under one.
 */
class KernelRecordingsTest {

  private static final long SECTORS_PER_PAGE = 8;

  /** Where file-system metadata goes, whose place the recordings do not give. */
  private static final long METADATA_SECTOR = 1 << 20;

  private int operations;
  private final List<String> differences = new ArrayList<>();

  @Test
  void requests_agreeWithTheKernels() throws Exception {
    String golden = System.getProperty("sekiso.golden", "");
    Path folder = Path.of(golden, "blk");
    assumeTrue(!golden.isEmpty() && Files.isDirectory(folder), "no recordings here");
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    for (Path file : files) {
      replay(file);
    }
    System.out.printf(
        "blk recordings: %d of %d operations agree in %d files%n",
        operations - differences.size(), operations, files.size());
    assertThat(operations).isPositive();
    assertThat(differences).isEmpty();
  }

  private void replay(Path file) throws IOException {
    JsonNode root = JsonMapper.shared().readTree(Files.readString(file));
    JsonNode block = root.get("header").get("block");
    QueueLimits limits =
        QueueLimits.DEFAULT
            .withMaxSectors(block.get("max_sectors_kb").asInt() * 2)
            .withWriteCache(true, false);
    HeldDriver driver = new HeldDriver(1 << 21, limits);
    SimulatedMachine machine = new SimulatedMachine(1);
    IoScheduler.Factory scheduler =
        block.get("scheduler").asString().equals("none")
            ? host -> new NoneScheduler()
            : MqDeadlineScheduler::new;
    RequestQueue queue = new RequestQueue(machine, "loop0", driver, scheduler);
    machine.run(() -> {
      queue.settings().get("nomerges").set(block.get("nomerges").asInt());
      assertThat(queue.settings().get("nr_requests").get())
          .isEqualTo(block.get("nr_requests").asInt());
      JsonNode ops = root.get("workload").get("ops");
      for (int i = 0; i < ops.size(); i++) {
        JsonNode golden = root.get("golden").get(i);
        submit(queue, ops.get(i), golden);
        driver.releaseAll();
        compare(file + " op " + i, golden, driver.takeIssued());
      }
    });
  }

  private static void submit(RequestQueue queue, JsonNode op, JsonNode golden) {
    boolean direct = op.path("fd").asString("").matches("[dr]");
    String kind = op.get("op").asString();
    switch (kind.equals("aio") && !direct ? "buffered aio" : kind) {
      case "aio" -> {
        JsonNode requests = op.get("reqs");
        Plug plug = requests.size() > 2 ? queue.plug() : () -> {};
        for (int i = 0; i < golden.get("ret").asInt(); i++) {
          JsonNode request = requests.get(i);
          // What the file system refuses never becomes a bio.
          if (golden.get("res").get(i).asInt() >= 0) {
            BioOperation operation =
                request.get(0).asString().equals("r") ? BioOperation.READ : BioOperation.WRITE;
            transfer(
                queue,
                operation,
                Bio.SYNC,
                request.get(1).asLong() >> Bio.SECTOR_SHIFT,
                request.get(2).asLong() >> Bio.SECTOR_SHIFT);
          }
        }
        plug.close();
      }
      case "fdatasync" -> {
        Plug plug = queue.plug();
        for (JsonNode bio : bios(golden)) {
          if (bio.path("meta").asBoolean(false)) {
            plug.close();
            plug = () -> {};
          }
          submitRecorded(queue, bio);
        }
        plug.close();
      }
      default -> {
        for (JsonNode bio : bios(golden)) {
          Plug plug = queue.plug();
          submitRecorded(queue, bio);
          plug.close();
        }
      }
    }
  }

  private static Iterable<JsonNode> bios(JsonNode golden) {
    JsonNode bios = golden.has("bio") ? golden.get("bio") : golden.path("io");
    return bios.values();
  }

  private static void submitRecorded(RequestQueue queue, JsonNode bio) {
    String letters = bio.get("op").asString();
    if (letters.startsWith("F")) {
      queue.submit(new Bio(BioOperation.FLUSH, Bio.SYNC, 0, done -> {}));
      return;
    }
    BioOperation operation = letters.startsWith("R") ? BioOperation.READ : BioOperation.WRITE;
    int flags =
        (letters.contains("S") ? Bio.SYNC : 0)
            | (letters.contains("A") ? Bio.READAHEAD : 0)
            | (letters.contains("M") ? Bio.METADATA : 0);
    transfer(queue, operation, flags, sector(bio), sectors(bio));
  }

  private static void transfer(
      RequestQueue queue, BioOperation operation, int flags, long sector, long sectors) {
    queue.submit(
        new Bio(operation, flags, sector, done -> assertThat(done.failure()).isNull())
            .add(Buffers.sectors(sectors)));
  }

  private static long sector(JsonNode io) {
    if (io.path("meta").asBoolean(false)) {
      return METADATA_SECTOR;
    }
    return io.has("off")
        ? io.get("off").asLong() >> Bio.SECTOR_SHIFT
        : io.get("first_page").asLong() * SECTORS_PER_PAGE;
  }

  private static long sectors(JsonNode io) {
    return io.has("len")
        ? io.get("len").asLong() >> Bio.SECTOR_SHIFT
        : io.get("pages").asLong() * SECTORS_PER_PAGE;
  }

  private void compare(String where, JsonNode golden, List<String> issued) {
    List<String> expected = new ArrayList<>();
    for (JsonNode io : golden.path("io").values()) {
      String letters = io.get("op").asString();
      expected.add(
          letters.equals("FF") ? letters : "%s %d+%d".formatted(letters, sector(io), sectors(io)));
    }
    List<String> actual = new ArrayList<>(issued);
    if (golden.path("io_unordered").asBoolean(false)) {
      Collections.sort(expected);
      Collections.sort(actual);
    }
    if (expected.isEmpty() && actual.isEmpty()) {
      return;
    }
    operations++;
    if (!expected.equals(actual)) {
      differences.add(where + "\n  kernel " + expected + "\n  here   " + actual);
    }
  }
}
