package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageStackTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  @TempDir Path folder;

  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("2m");
  }

  @Test
  void builder_withoutAWord_makesRamfs() throws ErrnoException {
    try (StorageStack stack = StorageStack.builder().build()) {
      assertThat(stack.vfs().mounts()).singleElement().asString().contains("ramfs");
      assertThat(stack.settings().text("profile")).isEqualTo("linux-6.18");
    }
  }

  @Test
  void mounts_areMadeOutermostFirst_withTheirPlacesAndDeviceFiles() throws ErrnoException {
    try (StorageStack stack =
        builder()
            .device("ram:4m")
            .device("ram:4m")
            .mountAt("/a/b")
            .mount("/a/b/c", "ext2:sdb?block_size=4k&options=noatime")
            .build()) {
      assertThat(stack.vfs().mounts()).hasSize(3);
      assertThat(stack.vfs().statfs("/a/b/c").blockSize()).isEqualTo(4096);
      assertThat(stack.vfs().statfs("/a/b").blockSize()).isEqualTo(1024);
      assertThat(stack.vfs().stat("/dev/sdb").type()).isEqualTo(FileType.BLOCK_DEVICE);
      OpenFile raw = stack.vfs().open("/dev/sda");
      byte[] magic = new byte[2];
      stack.vfs().pread(raw, magic, 1024 + 56);
      stack.vfs().close(raw);
      assertThat(magic).containsExactly(0x53, 0xEF);
    }
  }

  @Test
  void rootOnADisk_hasFilesOfAllDevices_whenSomeAreNotMounted() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:4m").device("ram:4m").build()) {
      assertThat(stack.vfs().mounts()).hasSize(2);
      assertThat(stack.vfs().stat("/dev/sda").type()).isEqualTo(FileType.BLOCK_DEVICE);
      OpenFile raw = stack.vfs().open("/dev/sdb", OpenFlag.READ_WRITE);
      assertThat(stack.vfs().pwrite(raw, new byte[] {42}, 1024)).isEqualTo(1);
      stack.vfs().discard(raw, 0, 4096);
      stack.vfs().close(raw);
      assertThat(stack.device("sdb").counters().discardSectors()).isEqualTo(8);
    }
    try (StorageStack stack = builder().device("ram:4m").build()) {
      assertThat(stack.vfs().mounts()).hasSize(1);
      assertThatThrownBy(() -> stack.vfs().stat("/dev")).hasMessageContaining("ENOENT");
    }
  }

  @Test
  void freshLargeDevice_isFormattedWithoutItsTables_andWorks() throws ErrnoException {
    Outcome<Long> outcome =
        builder()
            .simulated(3)
            .device("volatile-cache(ram:96g)")
            .run(stack -> {
              OpenFile file = stack.vfs().open("/file", 0644, OpenFlag.READ_WRITE, OpenFlag.CREATE);
              assertThat(stack.vfs().write(file, new byte[] {1, 2, 3})).isEqualTo(3);
              stack.vfs().close(file);
              return stack.device("sda").counters().writeSectors();
            });
    // The tables are 1.5 GiB; bitmaps, descriptors and their copies are far less.
    assertThat(outcome.value() << 9).isLessThan(64L << 20);
    assertThat(outcome.media().get("sda-0").residentBytes()).isLessThan(256L << 20);
    Outcome<Integer> again =
        builder()
            .simulated(3)
            .device("volatile-cache(ram:96g)")
            .media(outcome.media())
            .run(stack -> (int) stack.vfs().stat("/file").size());
    assertThat(again.value()).isEqualTo(3);
  }

  @Test
  void mount_withAMistake_isRefusedWithItsPlace() {
    assertThatThrownBy(() -> builder().device("ram:4m").fileSystem("ext3").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(
            "option: mounting ext3 on /: there is no filesystem 'ext3' (did you mean 'ext2'?)");
    assertThatThrownBy(() -> builder().fileSystem("ext2").build())
        .hasMessageContaining("ext2 needs a device: name one");
    assertThatThrownBy(
            () -> builder().device("ram:4m").mount("/x", "ext2:sdx").fileSystem("none").build())
        .hasMessageContaining("there is no device 'sdx'");
    assertThatThrownBy(() -> builder().device("ram:4m").fileSystem("ext2?blocksize=1k").build())
        .hasMessageContaining("has no parameter 'blocksize' (did you mean 'block_size'?)");
    assertThatThrownBy(() -> builder().device("ram:4m").fileSystem("ext2?block_size=3k").build())
        .hasMessageContaining("block size must be 1024, 2048 or 4096 bytes, is 3072");
  }

  @Test
  void format_never_leavesABlankDeviceAlone() {
    assertThatThrownBy(() -> builder().device("ram:4m").format(StorageStack.Format.NEVER).build())
        .isInstanceOf(ErrnoException.class)
        .extracting(e -> ((ErrnoException) e).errno())
        .isEqualTo(Errno.EINVAL);
  }

  @Test
  void format_ifBlank_leavesADeviceThatHoldsSomethingAlone() throws IOException {
    Path image = folder.resolve("data.img");
    byte[] data = new byte[1 << 20];
    data[70_000] = 1;
    Files.write(image, data);
    assertThatThrownBy(() -> builder().device("file:" + image).build())
        .isInstanceOf(ErrnoException.class);
    assertThat(Files.readAllBytes(image)).isEqualTo(data);
  }

  @Test
  void format_ifBlank_writesNothingForAReadOnlyMount() throws IOException {
    Path image = folder.resolve("blank.img");
    byte[] blank = new byte[1 << 20];
    Files.write(image, blank);
    for (String address : List.of("file:" + image, "file:" + image + "?read_only=true")) {
      assertThatThrownBy(() -> builder().device(address).fileSystem("ext2?options=ro").build())
          .isInstanceOf(ErrnoException.class)
          .extracting(e -> ((ErrnoException) e).errno())
          .isEqualTo(Errno.EINVAL);
      assertThat(Files.readAllBytes(image)).isEqualTo(blank);
    }
  }

  @Test
  void build_inVirtualTime_pointsAtRun() {
    assertThatThrownBy(() -> builder().simulated(1).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("use run(stack -> …) instead of build()");
  }

  @Test
  void build_onAGivenMachine_worksInsideItsRun() throws ErrnoException {
    SimulatedMachine machine = new SimulatedMachine(9);
    machine.run(() -> {
      try (StorageStack stack = builder().machine(machine).device("ram:8m").build()) {
        assertThat(stack.machine()).isSameAs(machine);
        new Scenario(stack).write();
      }
    });
    assertThat(machine.powered()).isTrue();
  }

  @Test
  void run_inRealTime_isTheSame() throws ErrnoException {
    Outcome<String> outcome =
        builder()
            .device("ram:8m")
            .run(stack -> {
              new Scenario(stack).write();
              return "done";
            });
    assertThat(outcome.value()).isEqualTo("done");
    assertThat(outcome.powerWasCut()).isFalse();
    assertThat(outcome.media()).containsOnlyKeys("sda");
  }

  @Test
  void run_repeatsItself_fromTheSameSeed() throws ErrnoException {
    assertThat(timed(11)).isEqualTo(timed(11));
  }

  private static long timed(long seed) throws ErrnoException {
    return builder()
        .simulated(seed)
        .device("ram:8m")
        .run(stack -> {
          new Scenario(stack).write();
          return 0;
        })
        .nanos();
  }

  @Test
  void run_chargesProcessorTime_inVirtualTimeOnly() throws ErrnoException {
    long free =
        builder()
            .simulated(1)
            .set("syscall_nanos", "0")
            .set("copy_nanos_per_page", "0")
            .run(StorageStackTest::hundredReads)
            .value();
    long charged =
        builder()
            .simulated(1)
            .set("syscall_nanos", "1000")
            .run(StorageStackTest::hundredReads)
            .value();
    assertThat(free).isZero();
    assertThat(charged).isGreaterThanOrEqualTo(100_000);
  }

  private static long hundredReads(StorageStack stack) throws ErrnoException {
    OpenFile file = stack.vfs().open("/f", 0600, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    stack.vfs().write(file, new byte[4096]);
    long start = stack.machine().nanoTime();
    for (int i = 0; i < 100; i++) {
      stack.vfs().pread(file, new byte[512], 0);
    }
    long nanos = stack.machine().nanoTime() - start;
    stack.vfs().close(file);
    return nanos;
  }

  @Test
  void run_passesOnWhatTheTaskThrows_afterClosing() {
    Path image = folder.resolve("disk.img");
    IOException failure = new IOException("the task's own");
    for (String machine : List.of("system", "simulated")) {
      assertThatThrownBy(() ->
              builder()
                  .machine(machine)
                  .device("file:" + image + "?create=8m")
                  .run(stack -> {
                    throw failure;
                  }))
          .isSameAs(failure);
    }
    assertThat(openFiles(image)).isZero();
  }

  @Test
  void powerCut_leavesWhatWasSynced_forTheNextStack() throws ErrnoException {
    Outcome<Void> first =
        builder()
            .simulated(2)
            .device("ram:8m")
            .run(stack -> {
              OpenFile file = stack.vfs().open("/kept", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
              stack.vfs().write(file, "kept".getBytes(StandardCharsets.UTF_8));
              stack.vfs().fsync(file);
              stack.sync();
              OpenFile lost = stack.vfs().open("/lost", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
              stack.vfs().write(lost, new byte[100]);
              ((SimulatedMachine) stack.machine()).cutPower();
              stack.machine().sleep(1);
              throw new AssertionError("the power was cut");
            });
    assertThat(first).isInstanceOf(Outcome.PowerLost.class);
    assertThat(first.powerWasCut()).isTrue();
    assertThatThrownBy(first::value).isInstanceOf(IllegalStateException.class);

    byte[] found =
        builder()
            .simulated(3)
            .media(first.media())
            .device("ram:8m")
            .run(stack -> {
              byte[] contents = new byte[4];
              OpenFile file = stack.vfs().open("/kept");
              stack.vfs().read(file, contents);
              stack.vfs().close(file);
              assertThatThrownBy(() -> stack.vfs().stat("/lost"))
                  .isInstanceOf(ErrnoException.class);
              return contents;
            })
            .value();
    assertThat(found).isEqualTo("kept".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void powerCut_atEveryStageOfARun_givesEverythingBack() throws ErrnoException {
    Path image = folder.resolve("disk.img");
    String address = "file:" + image + "?create=2m&virtual_time=10us";
    for (int event = 0; event < 400; event += 7) {
      Outcome<Void> outcome =
          builder()
              .machine("simulated?seed=1&cut_power_at_event=" + event)
              .device(address)
              .format(StorageStack.Format.ALWAYS)
              .run(stack -> {
                stack.vfs().mkdir("/d", 0755);
                return null;
              });
      assertThat(outcome).as("cut at event %d", event).isNotNull();
      assertThat(openFiles(image)).as("cut at event %d", event).isZero();
    }
  }

  @Test
  void powerCut_inRealTime_givesEverythingBack() throws ErrnoException {
    Path image = folder.resolve("disk.img");
    Outcome<Void> outcome =
        builder()
            .device("file:" + image + "?create=2m")
            .run(stack -> {
              ((SystemMachine) stack.machine()).cutPower();
              stack.machine().sleep(1);
              return null;
            });
    assertThat(outcome.powerWasCut()).isTrue();
    assertThat(openFiles(image)).isZero();
  }

  @Test
  void build_thatFailsInTheMiddle_leaksNothing() {
    Path image = folder.resolve("disk.img");
    Set<Thread> before = sekisoThreads();
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> failing(image).build())
          .isInstanceOf(ErrnoException.class)
          .hasNoSuppressedExceptions();
      assertThatThrownBy(
              () -> builder().device("file:" + image).device("file:" + folder + "/no").build())
          .isInstanceOf(ErrnoException.class)
          .hasNoSuppressedExceptions();
    }
    assertThat(openFiles(image)).isZero();
    // A machine's timers may be ending yet; its tasks have, or closing it would have failed.
    await().untilAsserted(() -> assertThat(before).containsAll(sekisoThreads()));
  }

  @Test
  void build_thatFailsOnAGivenMachine_leavesNoTaskOnIt() throws ErrnoException {
    Path image = folder.resolve("disk.img");
    RecordingTracer tracer = RecordingTracer.unbounded("sched");
    SimulatedMachine machine = SimulatedMachine.builder(5).tracer(tracer).build();
    machine.run(() -> {
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(() -> failing(image).machine(machine).build())
            .isInstanceOf(ErrnoException.class)
            .hasNoSuppressedExceptions();
      }
      assertThat(openFiles(image)).isZero();
      // Tasks that were told to end do so as soon as they run.
      machine.sleep(1);
      assertThat(pids(tracer, "sched_process_fork", "child_pid"))
          .isNotEmpty()
          .isSubsetOf(pids(tracer, "sched_process_exit", "pid"));
    });
  }

  private static List<Object> pids(RecordingTracer tracer, String point, String field) {
    return tracer.events().stream()
        .filter(event -> event.point().name().equals(point))
        .map(event -> event.values().get(event.point().fields().indexOf(field)))
        .collect(Collectors.toList());
  }

  private StorageStack.Builder failing(Path image) {
    return builder()
        .device("file:" + image + "?create=8m")
        .device("ram:8m")
        .mount("/x", "ext2:sdb?options=nonsense");
  }

  @Test
  void close_isIdempotent_andReleasesEverything() throws ErrnoException {
    Path image = folder.resolve("disk.img");
    StorageStack stack = builder().device("file:" + image + "?create=8m").build();
    assertThat(openFiles(image)).isPositive();
    stack.close();
    stack.close();
    assertThat(openFiles(image)).isZero();
  }

  @Test
  void close_withAFileLeftOpen_saysSo_andLosesNothing() throws ErrnoException {
    Path image = folder.resolve("disk.img");
    StorageStack stack = builder().device("file:" + image + "?create=8m").build();
    OpenFile file = stack.vfs().open("/f", 0600, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
    stack.vfs().write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(stack::close)
        .isInstanceOf(ErrnoException.class)
        .extracting(e -> ((ErrnoException) e).errno())
        .isEqualTo(Errno.EBUSY);
    assertThat(openFiles(image)).isZero();
    try (StorageStack again = builder().device("file:" + image).build()) {
      assertThat(again.vfs().stat("/f").size()).isEqualTo(3);
    }
  }

  @Test
  void twoStacks_withDifferentChoices_liveSideBySide() throws ErrnoException {
    try (StorageStack one = builder().device("ram:8m").replacement("lru").build();
        StorageStack other =
            builder()
                .device("ram:8m")
                .layer("pagecache", "pass-through")
                .scheduler("mq-deadline")
                .set("dirty_ratio", "30")
                .build()) {
      new Scenario(one).write();
      new Scenario(other).write();
      new Scenario(one).check();
      assertThat(one.settings().number("dirty_ratio")).isEqualTo(20);
      assertThat(other.settings().number("dirty_ratio")).isEqualTo(30);
      assertThat(other.pageCache().memory().file()).isLessThan(16);
    }
  }

  @Test
  void counters_tellOfAllLayers() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:8m").build()) {
      StackCounters before = stack.counters();
      new Scenario(stack).write();
      StackCounters after = stack.counters();
      assertThat(after.devices()).containsOnlyKeys("sda");
      assertThat(after.devices().get("sda").writeSectors())
          .isGreaterThan(before.devices().get("sda").writeSectors());
      assertThat(after.pageCache().dirtied()).isPositive();
      assertThat(after.pageCache().evicted()).isPositive();
      assertThat(after.vmstat())
          .containsKeys("nr_dirty", "nr_file_pages", "pgactivate", "pgpgout")
          .hasEntrySatisfying("nr_written", written -> assertThat(written).isPositive());
    }
  }

  /** How often this process has the file open. */
  private static long openFiles(Path file) {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(descriptor -> target(descriptor).equals(file.toAbsolutePath().toString()))
          .count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** The platform threads of machines: those that run their timers. */
  private static Set<Thread> sekisoThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("sekiso"))
        .collect(Collectors.toSet());
  }
}
