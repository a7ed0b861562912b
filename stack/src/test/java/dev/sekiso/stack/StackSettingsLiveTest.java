package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.writeback.GroupStatistics;
import dev.sekiso.writeback.WritebackSettings;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class StackSettingsLiveTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("4m");
  }

  @Test
  void dirtySettings_reachWriteback_whenBuilt() throws ErrnoException {
    try (StorageStack stack =
        builder().set("dirty_ratio", "33").set("vm.dirty_expire_centisecs", "100").build()) {
      assertThat(stack.writeback().settings().dirtyRatio()).isEqualTo(33);
      assertThat(stack.writeback().settings().dirtyExpireCentisecs()).isEqualTo(100);
    }
  }

  @Test
  void ratioAndBytes_whatWasSaidLastCounts() throws ErrnoException {
    try (StorageStack stack =
        builder().set("dirty_bytes", "1m").set("dirty_background_ratio", "3").build()) {
      assertThat(stack.writeback().settings().dirtyBytes()).isEqualTo(1 << 20);
      assertThat(stack.writeback().settings().dirtyRatio()).isZero();
      assertThat(stack.writeback().settings().dirtyBackgroundRatio()).isEqualTo(3);
    }
    try (StorageStack stack = builder().set("dirty_bytes", "1m").set("dirty_ratio", "7").build()) {
      assertThat(stack.writeback().settings().dirtyBytes()).isZero();
      assertThat(stack.writeback().settings().dirtyRatio()).isEqualTo(7);
    }
  }

  @Test
  void set_changesARunningStack_byTheKernelsNames() throws ErrnoException {
    try (StorageStack stack = builder().build()) {
      stack.set("dirty_ratio", "40");
      stack.set("vm.laptop_mode", "5");
      stack.set("dirty_background_bytes", "64k");

      assertThat(stack.writeback().settings().dirtyRatio()).isEqualTo(40);
      assertThat(stack.writeback().settings().laptopMode()).isEqualTo(5);
      assertThat(stack.writeback().settings().dirtyBackgroundBytes()).isEqualTo(64 << 10);
      assertThat(stack.writeback().settings().dirtyBackgroundRatio()).isZero();
    }
  }

  /** Every key of writeback that a running stack can change is in force at once, by its name. */
  @Test
  void set_eachOfWriteback_isInForceAtOnce() throws ErrnoException {
    Map<String, ToLongFunction<WritebackSettings>> found =
        Map.of(
            "dirty_background_ratio", WritebackSettings::dirtyBackgroundRatio,
            "dirty_background_bytes", WritebackSettings::dirtyBackgroundBytes,
            "dirty_ratio", WritebackSettings::dirtyRatio,
            "dirty_bytes", WritebackSettings::dirtyBytes,
            "dirty_writeback_centisecs", WritebackSettings::dirtyWritebackCentisecs,
            "dirty_expire_centisecs", WritebackSettings::dirtyExpireCentisecs,
            "dirtytime_expire_seconds", WritebackSettings::dirtytimeExpireSeconds,
            "laptop_mode", WritebackSettings::laptopMode);
    assertThat(WritebackKeys.all())
        .extracting(Setting::name)
        .containsExactlyInAnyOrderElementsOf(found.keySet());
    try (StorageStack stack = builder().build()) {
      for (Setting setting : WritebackKeys.all()) {
        String value = setting.name().endsWith("_bytes") ? "65536" : "37";
        stack.set(setting.name(), value);
        assertThat(found.get(setting.name()).applyAsLong(stack.writeback().settings()))
            .as(setting.name())
            .isEqualTo(Long.parseLong(value));
      }
    }
  }

  @Test
  void groups_comeAndGoOnARunningStack() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:1m").build()) {
      Cgroup above = Cgroup.ROOT.child("above");
      Cgroup below = above.child("below");
      stack.createGroup(above).setMax(500);
      stack.createGroup(below);
      assertThat(stack.writeback().groups())
          .extracting(GroupStatistics::cgroup)
          .containsExactly("/above", "/above/below");
      assertThatThrownBy(() -> stack.createGroup(above))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> stack.removeGroup(above))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("below it");
      stack.removeGroup(below);
      stack.removeGroup(above);
      assertThat(stack.writeback().groups()).isEmpty();
      assertThat(stack.pageCache().memoryGroups().all()).hasSize(1);
    }
  }

  @Test
  void deviceRatios_byTheNamesOfSysBlock_reachWriteback() throws ErrnoException {
    try (StorageStack stack = builder().device("ram:1m").set("sda/bdi/max_ratio", "60").build()) {
      stack.set("sda/bdi/min_ratio", "30");
      stack.set("sda/bdi/strict_limit", "1");
      assertThatThrownBy(() -> stack.set("sda/bdi/min_ratio", "61"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("min_ratio <= max_ratio");
      assertThatThrownBy(() -> stack.set("sda/bdi/mid_ratio", "1"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("there are min_ratio, max_ratio and strict_limit");
      assertThatThrownBy(() -> stack.set("sdb/bdi/min_ratio", "1"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("no device called 'sdb' is attached");
    }
  }

  @Test
  void set_refusesWhatItCannotDo() throws ErrnoException {
    try (StorageStack stack = builder().build()) {
      assertThatThrownBy(() -> stack.set("dirty_ration", "1"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("did you mean 'dirty_ratio'?");
      assertThatThrownBy(() -> stack.set("memory", "8m"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("'memory' counts when a stack is built");
      assertThatThrownBy(() -> stack.set("dirty_ratio", "101"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("allowed is 0 to 100");
      assertThatThrownBy(() -> stack.set("dirty_bytes", "100"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("dirty_bytes");
      assertThatThrownBy(() -> stack.set("dirty_bytes", "0"))
          .hasMessageContaining("set dirty_ratio instead");
    }
  }

  @Test
  void tracer_forAMachineThatExists_isRefused() {
    try (SystemMachine machine = new SystemMachine()) {
      StorageStack.Builder builder = builder().machine(machine).tracer(RecordingTracer.unbounded());
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("give the tracer to it");
    }
  }

  @Test
  void tracer_hearsAllLayers() throws ErrnoException {
    RecordingTracer tracer = RecordingTracer.unbounded();
    builder()
        .simulated(1)
        .tracer(tracer)
        .device("nvme:16m")
        .run(stack -> {
          new Scenario(stack).write();
          return null;
        });
    assertThat(tracer.events())
        .extracting(event -> event.point().system())
        .contains("syscalls", "filemap", "writeback", "block");
  }
}
