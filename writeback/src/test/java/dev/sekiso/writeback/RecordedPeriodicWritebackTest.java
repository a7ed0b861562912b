package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Replays what a kernel was seen to do (family {@code wb/}): the first data write of every file
 * must come at the time recorded, give or take one interval of the flusher. Set the system property
 * {@code sekiso.golden} to the recordings' directory.
 */
final class RecordedPeriodicWritebackTest {

  private static final long MILLISECOND = 1_000_000L;
  private static final int PAGE = PageCache.PAGE_SIZE;

  @TestFactory
  Stream<DynamicTest> firstWriteOfEachFile_everyRecording_isWithinOneInterval() throws IOException {
    String root = System.getProperty("sekiso.golden", "");
    assumeTrue(!root.isEmpty(), "-Dsekiso.golden names no directory of recordings");
    try (Stream<Path> files = Files.list(Path.of(root, "wb"))) {
      List<Path> recordings = files.filter(f -> f.toString().endsWith(".json")).sorted().toList();
      assertThat(recordings).isNotEmpty();
      return recordings.stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> replay(file)));
    }
  }

  private static void replay(Path file) throws Exception {
    JsonNode recording = JsonMapper.shared().readTree(Files.readString(file));
    JsonNode workload = recording.get("workload");
    int interval = workload.get("dirty_writeback_centisecs").asInt();
    int expire = workload.get("dirty_expire_centisecs").asInt();
    long memory = recording.at("/header/mem_total_kb").asLong() * 1024 / PAGE;
    Map<Integer, Long> ours = run(workload, expire, interval, memory);
    for (JsonNode run : recording.get("runs")) {
      Map<Integer, Long> kernels = firstWrites(run);
      assertThat(ours.keySet()).isEqualTo(kernels.keySet());
      kernels.forEach((number, millis) ->
          assertThat(ours.get(number))
              .as("first write of file %d, kernel at %d ms", number, millis)
              // The kernel's timer ticks every 4 ms and its interval of 1 s takes 1.024 s.
              .isBetween(millis - interval * 11L, millis + interval * 11L));
    }
  }

  private static Map<Integer, Long> firstWrites(JsonNode run) {
    Map<Integer, Long> first = new TreeMap<>();
    for (JsonNode write : run.get("writes")) {
      if (write.path("by").asString().equals("kworker") && write.has("first_page")) {
        first.putIfAbsent(write.path("file").asInt(0), write.get("t_ms").asLong());
      }
    }
    return first;
  }

  private static Map<Integer, Long> run(JsonNode workload, int expire, int interval, long memory)
      throws Exception {
    Map<Integer, Long> first = new TreeMap<>();
    WritebackSettings settings =
        WritebackSettings.DEFAULT
            .with("dirty_expire_centisecs", expire)
            .with("dirty_writeback_centisecs", interval);
    TestMachines.simulated(
        1,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(1 << 14));
          Writeback writeback =
              new CgroupWriteback(
                  machine,
                  () -> new MemoryStatus(memory, memory, 0, 0, 0, 0),
                  settings,
                  new PerBdiFlusher(),
                  new PosRatioThrottle(machine));
          TestVolume volume =
              new TestVolume(machine, writeback, pages, new TestDisk(machine, 2_000), "loop0");
          long start = machine.nanoTime();
          Map<String, TestInode> open = new HashMap<>();
          Map<Integer, TestInode> files = new TreeMap<>();
          for (JsonNode op : workload.get("ops")) {
            apply(op, volume, open, files);
          }
          files.forEach(
              (number, file) -> first.put(number, (file.firstDataWriteAt - start) / MILLISECOND));
          writeback.close();
        });
    return first;
  }

  private static void apply(
      JsonNode op, TestVolume volume, Map<String, TestInode> open, Map<Integer, TestInode> files)
      throws ErrnoException {
    String fd = op.path("fd").asString("");
    switch (op.get("op").asString()) {
      case "open" ->
          open.put(fd, files.computeIfAbsent(op.path("file").asInt(0), number -> volume.newFile()));
      case "mmap" -> open.put(op.get("map").asString(), open.get(fd));
      case "pwrite" -> {
        long from = op.get("off").asLong() / PAGE;
        long pages = op.get("len").asLong() / PAGE;
        for (long page = from; page < from + pages; page++) {
          open.get(fd).store(page, 1);
        }
      }
      case "store" -> open.get(op.get("map").asString()).store(op.get("page").asLong(), 1);
      case "fdatasync" -> {
        open.get(fd).mapping.writeAndWait(0, Long.MAX_VALUE);
        open.get(fd).firstDataWriteAt = -1;
      }
      case "sleep_ms" -> volume.machine.sleep(op.get("ms").asLong() * MILLISECOND);
      default -> throw new IllegalArgumentException("unknown operation " + op);
    }
  }
}
