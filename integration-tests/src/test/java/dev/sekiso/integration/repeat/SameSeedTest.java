package dev.sekiso.integration.repeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.cli.Main;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.integration.invariants.CheckedStacks;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SameSeedTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  /** Jobs side by side that read, write, sync and use asynchronous I/O, and one after them. */
  private static final String JOBS =
      """
      [global]
      size=2m
      bs=4k

      [writer]
      rw=randwrite
      ioengine=psync
      fsync=16
      numjobs=2

      [mixed]
      rw=randrw
      rwmixread=70
      ioengine=posixaio
      iodepth=8

      [reader]
      stonewall
      rw=read
      bs=64k
      """;

  @RegisterExtension final CheckedStacks stacks = new CheckedStacks();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"nvme:64m, none", "sata:64m, mq-deadline", "hdd:64m, mq-deadline"})
  void report_sameSeed_isTheSameByteForByte(String device, String scheduler) throws IOException {
    for (String format : List.of("text", "json")) {
      byte[] first = run(7, device, scheduler, format);
      assertThat(run(7, device, scheduler, format)).isEqualTo(first);
      assertThat(run(8, device, scheduler, format)).isNotEqualTo(first);
    }
  }

  private byte[] run(long seed, String device, String scheduler, String format) throws IOException {
    return sekiso(
        "run",
        jobs(),
        "--device",
        device,
        "--scheduler",
        scheduler,
        "--memory",
        "4m",
        "--seed",
        seed,
        "--output-format",
        format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nvme:64m", "hdd:64m", "volatile-cache(sata:64m)"})
  void tracepoints_sameSeed_areTheSameOneByOne(String device) throws Exception {
    List<String> first = trace(3, device);
    assertThat(first).hasSizeGreaterThan(1000);
    List<String> second = trace(3, device);
    for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
      assertThat(second.get(i)).as("tracepoint %d", i).isEqualTo(first.get(i));
    }
    assertThat(second).hasSameSizeAs(first);
    assertThat(trace(4, device)).isNotEqualTo(first);
  }

  /** What all layers say while tasks write and sync side by side. */
  private List<String> trace(long seed, String device) throws Exception {
    RecordingTracer tracer = RecordingTracer.unbounded();
    List<Task> writers = new ArrayList<>();
    StorageStack.Builder builder =
        StorageStack.builder()
            .catalog(CATALOG)
            .simulated(seed)
            .memory("1m")
            .device(device)
            .tracer(tracer);
    stacks.run(
        builder,
        stack -> {
          for (int i = 0; i < 3; i++) {
            String path = "/f" + i;
            writers.add(
                stack.machine().spawn("writer " + i, TaskKind.USER, () -> write(stack, path)));
          }
          writers.forEach(Task::join);
          return null;
        });
    return tracer.events().stream().map(String::valueOf).toList();
  }

  private static void write(StorageStack stack, String path) {
    try {
      OpenFile file = stack.vfs().open(path, 0600, OpenFlag.CREATE, OpenFlag.READ_WRITE);
      for (int i = 0; i < 40; i++) {
        stack.vfs().pwrite(file, new byte[5000], stack.machine().random().nextInt(1 << 20));
        if (i % 8 == 0) {
          stack.vfs().fsync(file);
        }
      }
      stack.vfs().close(file);
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void report_onAFile_isOfRealIo() throws Exception {
    E2fsprogs.assumeInstalled();
    Path image = folder.resolve("disk.img");
    sekiso("mkfs", image, "16m");
    byte[] before = Files.readAllBytes(image);
    Path job =
        Files.writeString(
            folder.resolve("real.fio"),
            "[w]\nfilename=data\nrw=randwrite\nbs=4k\nsize=4m\nend_fsync=1\n");
    String report = new String(sekiso("run", job, "--image", image), StandardCharsets.UTF_8);
    assertThat(report).containsPattern("io=(4096KiB|4MiB)");
    byte[] after = Files.readAllBytes(image);
    int changed = 0;
    for (int block = 0; block < after.length; block += 1024) {
      changed +=
          Arrays.mismatch(before, block, block + 1024, after, block, block + 1024) >= 0 ? 1 : 0;
    }
    assertThat(changed).as("changed blocks of 1 KiB in the image file").isGreaterThan(4096);
    E2fsprogs.assertClean(image);
    assertThat(E2fsprogs.debugfs(image, "stat /data")).contains("Size: 4194304");
  }

  private Path jobs() throws IOException {
    return Files.writeString(folder.resolve("jobs.fio"), JOBS);
  }

  private static byte[] sekiso(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = List.of(arguments).stream().map(String::valueOf).toArray(String[]::new);
    int code = Main.run(new PrintStream(out, true), new PrintStream(err, true), words);
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    return out.toByteArray();
  }
}
