package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackDevicesTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  @TempDir Path folder;

  /** Without a file system on it: these tests are about devices. */
  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("4m").fileSystem("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rom:1m | there is no driver 'rom' (did you mean 'ram'?); there are: ",
        "ram | 'ram' needs to be told what: memory: ram:64m",
        "ram:1 | '1' is no value for the size of sda: allowed is 512 to 1024t, as in 64m",
        "ram:1m?x=1 | the driver 'ram' has no parameter 'x'; it takes none",
        "file:a?creat=1m | has no parameter 'creat' (did you mean 'create'?); it takes create",
        "file:a?create=lots | the driver 'file': 'lots' is no value for create",
        "ram(ram:1m) | 'ram' is a device of its own and stands over no other",
        "mirrr(ram:1m) | there is no target 'mirrr'",
        "ram:1000 | the size of sda must be a multiple of 512 bytes, not 1000",
      })
  void address_withAMistake_isRefusedWithPlaceAndDevice(String address, String message) {
    assertThatThrownBy(() -> builder().device(address).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("option: device sda: ")
        .hasMessageContaining(message);
  }

  @Test
  void file_missing_saysHowToMakeIt() {
    Path image = folder.resolve("no.img");
    assertThatThrownBy(() -> builder().device("file:" + image).build())
        .isInstanceOf(ErrnoException.class)
        .hasMessageContaining("?create=1g would make it")
        .extracting(e -> ((ErrnoException) e).errno())
        .isEqualTo(Errno.ENOENT);
  }

  @Test
  void file_isMadeOnce_andKeepsItsContents() throws IOException {
    String address = "file:" + folder.resolve("disk.img") + "?create=1m";
    try (StorageStack stack = builder().device(address).build();
        Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(512, 512);
      memory.fill((byte) 7);
      BlockIo io = new BlockIo(stack.machine(), stack.device("sda"));
      io.write(3, memory);
      io.flush();
    }
    assertThat(Files.size(folder.resolve("disk.img"))).isEqualTo(1 << 20);
    try (StorageStack stack = builder().device(address).build();
        Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(512, 512);
      new BlockIo(stack.machine(), stack.device("sda")).read(3, memory);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 511)).isEqualTo((byte) 7);
    }
  }

  @Test
  void ram_keepsItsContents_whenItsMediaIsHandedOn() throws ErrnoException {
    Outcome<Void> first =
        builder().simulated(1).device("ram:1m").run(stack -> write(stack, (byte) 5));
    byte found =
        builder().simulated(2).device("ram:1m").media(first.media()).run(this::read).value();
    assertThat(found).isEqualTo((byte) 5);

    assertThat(builder().simulated(2).device("ram:1m").run(this::read).value()).isEqualTo((byte) 0);
    assertThatThrownBy(
            () -> builder().simulated(2).device("ram:2m").media(first.media()).run(this::read))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("left behind for sda are of 1m, the address asks for 2m");
  }

  private Void write(StorageStack stack, byte value) throws ErrnoException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(512, 512);
      memory.fill(value);
      new BlockIo(stack.machine(), stack.device("sda")).write(9, memory);
      return null;
    }
  }

  private byte read(StorageStack stack) throws ErrnoException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(512, 512);
      new BlockIo(stack.machine(), stack.device("sda")).read(9, memory);
      return memory.get(ValueLayout.JAVA_BYTE, 17);
    }
  }

  @Test
  void devices_areNamedInOrder() throws ErrnoException {
    try (StorageStack stack =
        builder().device("ram:1m").device("log", "ram:2m").device("ram:3m").build()) {
      assertThat(stack.devices().keySet()).containsExactly("sda", "log", "sdb");
      assertThat(stack.device("sdb").sectors()).isEqualTo(3 << 11);
      assertThatThrownBy(() -> stack.device("sdc"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("there is no device 'sdc' (did you mean 'sda'?); there are: log, sda, sdb");
    }
  }

  @Test
  void device_withoutAName_takesTheFirstThatIsFree() throws IOException {
    Path file = Files.writeString(folder.resolve("a.conf"), "device.sdb = ram:2m");
    try (StorageStack stack =
        builder()
            .configuration(file)
            .device("sda", "ram:1m")
            .device("ram:3m")
            .device("ram:4m")
            .build()) {
      assertThat(stack.devices().keySet()).containsExactly("sdb", "sda", "sdc", "sdd");
      assertThat(stack.device("sda").sectors()).isEqualTo(1 << 11);
      assertThat(stack.device("sdb").sectors()).isEqualTo(2 << 11);
      assertThat(stack.device("sdc").sectors()).isEqualTo(3 << 11);
    }
  }

  @Test
  void device_namedAgain_hasTheOtherAddress() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:1m").device("sda", "ram:2m").build()) {
      assertThat(stack.devices().keySet()).containsExactly("sda");
      assertThat(stack.device("sda").sectors()).isEqualTo(2 << 11);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, sda", "25, sdz", "26, sdaa", "701, sdzz", "702, sdaaa"})
  void deviceName_countsLikeTheKernel(int index, String name) {
    assertThat(Blueprint.deviceName(index)).isEqualTo(name);
  }

  @Test
  void scheduler_withParameters_setsItsTunables() throws ErrnoException {
    try (StorageStack stack =
        builder().device("ram:1m").scheduler("mq-deadline?fifo_batch=3&read_expire=70").build()) {
      assertThat(((RequestQueue) stack.device("sda")).schedulerName()).isEqualTo("mq-deadline");
      assertThat(stack.tunables().get("sda/iosched/fifo_batch").get()).isEqualTo(3);
      assertThat(stack.tunables().get("sda/iosched/read_expire").get()).isEqualTo(70);
      assertThat(stack.tunables().get("sda/iosched/write_expire").get()).isEqualTo(5000);
    }
  }

  @Test
  void scheduler_ofDevicesThatDoNotSeek_isNoneByProfile() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:1m").build()) {
      assertThat(((RequestQueue) stack.device("sda")).schedulerName()).isEqualTo("none");
    }
  }

  @Test
  void set_changesLiveDevices() throws ErrnoException {
    try (StorageStack stack =
        builder()
            .device("ram:1m")
            .set("sda/read_ahead_kb", "64")
            .set("nr_requests", "32")
            .build()) {
      assertThat(stack.device("sda").limits().readaheadBytes()).isEqualTo(64 << 10);
      assertThat(stack.tunables().get("sda/nr_requests").get()).isEqualTo(32);

      stack.set("sda/read_ahead_kb", "256");
      stack.set("sda/scheduler", "mq-deadline?fifo_batch=5");

      assertThat(stack.device("sda").limits().readaheadBytes()).isEqualTo(256 << 10);
      assertThat(stack.tunables().get("sda/iosched/fifo_batch").get()).isEqualTo(5);
      assertThatThrownBy(() -> stack.set("sda/scheduler", "mq-deadlin"))
          .hasMessageContaining("there is no scheduler 'mq-deadlin' (did you mean 'mq-deadline'?)");
      assertThatThrownBy(() -> stack.set("sda/read_ahead_kb", "x"))
          .hasMessageContaining("'x' is no value for sda/read_ahead_kb: allowed is 0 to ");
      assertThatThrownBy(() -> stack.set("sda/read_ahead", "1"))
          .hasMessageContaining("(did you mean 'read_ahead_kb'?)");
      assertThatThrownBy(() -> stack.set("sdb/read_ahead_kb", "1"))
          .hasMessageContaining("there is no device 'sdb'");
    }
  }

  @Test
  void set_withoutADevice_changesEveryQueue() throws ErrnoException {
    try (StorageStack stack = builder().device("volatile-cache(ram:1m)").device("ram:1m").build()) {
      // A new scheduler sets nr_requests as it likes, as in Linux: it comes first.
      stack.set("scheduler", "mq-deadline?fifo_batch=5");
      stack.set("nr_requests", "48");
      stack.set("read_ahead_kb", "512");

      for (String queue : List.of("sda-0", "sdb")) {
        assertThat(stack.tunables().get(queue + "/nr_requests").get()).isEqualTo(48);
        assertThat(stack.tunables().get(queue + "/read_ahead_kb").get()).isEqualTo(512);
        assertThat(stack.tunables().get(queue + "/iosched/fifo_batch").get()).isEqualTo(5);
      }
      assertThatThrownBy(() -> stack.set("nr_requests", "0"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("'0' is no value for sda-0/nr_requests: allowed is ");
      assertThat(stack.tunables().get("sdb/nr_requests").get()).isEqualTo(48);
      stack.set("sdb/scheduler", "none");
      assertThat(stack.tunables())
          .containsKey("sda-0/iosched/fifo_batch")
          .doesNotContainKey("sdb/iosched/fifo_batch");
    }
  }

  @Test
  void set_withoutAQueue_saysThatThereIsNone() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:1m").layer("blockqueue", "direct").build()) {
      assertThatThrownBy(() -> stack.set("scheduler", "none"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("no device has a scheduler: none has a queue");
    }
  }

  @Test
  void emptyValue_isAsTheDeviceSays() throws ErrnoException {
    long own;
    try (StorageStack stack = builder().device("ram:1m").build()) {
      own = stack.tunables().get("sda/nr_requests").get();
    }
    try (StorageStack stack =
        builder().device("ram:1m").set("nr_requests", "17").set("nr_requests", "").build()) {
      assertThat(stack.tunables().get("sda/nr_requests").get()).isEqualTo(own);
      assertThat(stack.settings().has("nr_requests")).isFalse();
    }
  }

  @Test
  void deviceSetting_withAMistake_isRefusedWithItsPlace() throws IOException {
    Path file =
        Files.writeString(folder.resolve("a.conf"), "[device]\nsda = ram:1m\n[]\nsda/x = 1");
    assertThatThrownBy(() -> builder().configuration(file).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(file + ":4: there is no setting of sda 'x'; there are: ");
  }
}
