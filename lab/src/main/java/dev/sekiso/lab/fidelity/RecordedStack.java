package dev.sekiso.lab.fidelity;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracer;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StackTask;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.util.List;
import java.util.Map;

/**
 * Builds the stack a recording was made on: ext2 of 4 KiB blocks, mounted {@code noatime}, on a
 * modelled disk with the recording's limits, in virtual time; on it the test file, in one run,
 * written before, with a cold cache.
 */
final class RecordedStack {

  /** The file the operations are on; a {@code file: k} is beside it. */
  static final String TEST_FILE = "/test";

  static final String DEVICE = "sda";

  /** One block group of data blocks beyond the largest file there is. */
  private static final long DEVICE_BYTES = 256L << 20;

  /**
   * What the modelled disk has, as the recorder's had; a recording with other values is refused.
   */
  private static final Map<String, Long> FIXED =
      Map.of("logical_block_size", 512L, "max_segments", 128L, "max_segment_size", 65536L);

  private static final List<String> QUEUE_SETTINGS = List.of("nr_requests", "nomerges");

  private final StackCatalog catalog;
  private final Recording recording;

  RecordedStack(StackCatalog catalog, Recording recording) {
    this.catalog = catalog;
    this.recording = recording;
  }

  /** Runs a task on the stack. */
  <T> T run(Tracer tracer, StackTask<T, Exception> task) throws RecordingException, ErrnoException {
    long bytes = recording.fileBytes();
    Map<String, Media> media = image(bytes);
    StorageStack.Builder builder = builder().media(media).tracer(tracer);
    RecordingNode header = recording.header();
    RecordingNode block = header.get("block");
    for (Map.Entry<String, Long> fixed : FIXED.entrySet()) {
      long value = block.number(fixed.getKey(), fixed.getValue());
      if (value != fixed.getValue()) {
        throw block.wrong(
            fixed.getKey(), "is " + value + "; only " + fixed.getValue() + " can be replayed");
      }
    }
    builder
        .set("large_folios", recording.fileSystem().startsWith("large") ? "on" : "off")
        .set(DEVICE + "/max_sectors_kb", block.text("max_sectors_kb"))
        .set(DEVICE + "/read_ahead_kb", Long.toString(header.number("ra_pages") * 4));
    memory(builder, header, bytes);
    try {
      return builder.run(task).value();
    } catch (RecordingException | ErrnoException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Gives the device's queue what the workload was recorded with. The recorder did so when the file
   * system was mounted and the file known: the scheduler had not seen a request before.
   */
  void settleQueue(StorageStack stack) throws RecordingException, ErrnoException {
    RecordingNode block = recording.header().get("block");
    stack.set(DEVICE + "/scheduler", block.text("scheduler", "none"));
    for (String setting : QUEUE_SETTINGS) {
      if (block.has(setting)) {
        stack.set(DEVICE + "/" + setting, block.text(setting));
      }
    }
  }

  /**
   * The file fits three times; how much may be dirty follows from the recorder's memory, as most of
   * it was free.
   */
  private static void memory(StorageStack.Builder builder, RecordingNode header, long fileBytes)
      throws RecordingException {
    RecordingNode vm = header.get("vm");
    long recorded = header.number("mem_total_kb") << 10;
    builder
        .memory((3 * fileBytes >> 20) + 32 + "m")
        .set(
            "dirty_background_bytes",
            Long.toString(recorded / 100 * vm.number("dirty_background_ratio")))
        .set("dirty_bytes", Long.toString(recorded / 100 * vm.number("dirty_ratio")))
        .set("dirty_expire_centisecs", vm.text("dirty_expire_centisecs"))
        .set("dirty_writeback_centisecs", vm.text("dirty_writeback_centisecs"));
  }

  private StorageStack.Builder builder() {
    return StorageStack.builder()
        .catalog(catalog)
        .simulated(1)
        .device("nvme:" + DEVICE_BYTES + "?force_unit_access=false&queue_depth=1024")
        .fileSystem("ext2?block_size=4k&inodes=64&options=noatime");
  }

  /** The device with the test file on it. */
  private Map<String, Media> image(long bytes) throws RecordingException, ErrnoException {
    var outcome =
        builder()
            .run(stack -> {
              OpenFile file =
                  stack.vfs().open(TEST_FILE, 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
              long inode = file.inode().number();
              stack.vfs().close(file);
              return inode;
            });
    try {
      ContiguousFile.fill(outcome.media().get(DEVICE), outcome.value(), bytes);
    } catch (IllegalArgumentException e) {
      throw recording.workload().wrong("file_pages", "is too large to replay: " + e.getMessage());
    }
    return outcome.media();
  }
}
