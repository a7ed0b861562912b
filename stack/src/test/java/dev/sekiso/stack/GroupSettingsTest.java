package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.MemoryGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupSettingsTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("4m");
  }

  @Test
  void keysOfGroups_inAFileAndAsOptions_makeGroupsAndSetThem(@TempDir Path folder)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("groups.conf"),
            """
            memory.max./db/readers = 512k
            [memory.high]
            /db = 1m
            [replacement]
            /db/readers = lru
            """);
    try (StorageStack stack =
        builder()
            .device("ram:1m")
            .configuration(file)
            .set("io.weight./db", "400")
            .set("memory.min./other", "10000")
            .set("memory.low./other", "max")
            .build()) {
      assertThat(stack.groups())
          .extracting(group -> group.cgroup().path())
          .containsExactlyInAnyOrder("/db", "/db/readers", "/other");
      assertThat(stack.group("/db/readers").max()).isEqualTo(128);
      assertThat(stack.group("/db/readers").parent()).isSameAs(stack.group("/db"));
      assertThat(stack.group("/db").high()).isEqualTo(256);
      assertThat(stack.group("/db").max()).isEqualTo(MemoryGroup.UNLIMITED);
      assertThat(stack.group("/other").min()).isEqualTo(2);
      assertThat(stack.group("/other").low()).isEqualTo(MemoryGroup.UNLIMITED);
      assertThat(stack.counters().groups().get("/db").writeback().weight()).isEqualTo(400);
    }
  }

  @Test
  void set_changesAGroupOfARunningStack() throws ErrnoException {
    try (StorageStack stack = builder().set("memory.max./a", "1m").build()) {
      stack.set("memory.max./a", "2m");
      stack.set("memory.high./a", "max");
      stack.set("io.weight./a", "7");
      stack.set("replacement./a", "sieve");
      assertThat(stack.group("/a").max()).isEqualTo(512);
      assertThat(stack.group("/a").high()).isEqualTo(MemoryGroup.UNLIMITED);
      assertThat(stack.counters().groups().get("/a").writeback().weight()).isEqualTo(7);
      assertThatThrownBy(() -> stack.set("memory.max./b", "1m"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("there is no control group '/b'")
          .hasMessageContaining("/a");
      assertThatThrownBy(() -> stack.set("memory.mx./a", "1m"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("did you mean 'memory.max./a'?");
      assertThatThrownBy(() -> stack.set("replacement./a", "siev"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("did you mean 'sieve'?");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "memory.mx./db, 1m, did you mean 'memory.max./db'?",
    "memry.high./db, 1m, did you mean 'memory.high./db'?",
    "io.wieght./db, 10, did you mean 'io.weight./db'?",
    "replacemnt./db, lru, did you mean 'replacement./db'?",
    "memory.max.db, 1m, 'named by its path, as in memory.max./db'",
    "memory.max./, 1m, name one below the root",
    "memory.max./a/../b, 1m, name one below the root",
    "memory.max./db, much, is no value for memory.max",
    "io.weight./db, 0, allowed is 1 to 10000",
    "replacement./db, lur, did you mean 'lru'?"
  })
  void wrongKeyOrValue_isRefused_withTheNearestThatIsRight(
      String key, String value, String message) {
    StorageStack.Builder builder = builder().set(key, value);
    assertThatThrownBy(builder::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("option")
        .hasMessageContaining(message);
  }

  @Test
  void createGroup_byPath_makesWhatIsMissingAndReturnsWhatIsThere() throws ErrnoException {
    try (StorageStack stack = builder().build()) {
      MemoryGroup lower = stack.createGroup("/a/b");
      assertThat(stack.createGroup("/a/b/")).isSameAs(lower);
      assertThat(stack.createGroup("/a")).isSameAs(lower.parent());
      stack.removeGroup(lower.cgroup());
      stack.removeGroup(stack.group("/a").cgroup());
      assertThat(stack.groups()).isEmpty();
      assertThatThrownBy(() -> stack.createGroup("/")).isInstanceOf(ConfigurationException.class);
    }
  }

  @Test
  void counters_ofGroups_tellWhatTheirTasksDid_andThoseAboveTheSum() throws ErrnoException {
    builder()
        .simulated(11)
        .device("nvme:16m")
        .set("memory.max./db/readers", "1m")
        .run(stack -> {
          Cgroup readers = stack.group("/db/readers").cgroup();
          TaskContext.current()
              .withCgroup(readers)
              .<Void, ErrnoException>call(() -> {
                new Scenario(stack).write();
                stack.sync();
                return null;
              });
          GroupCounters lower = stack.counters().groups().get("/db/readers");
          GroupCounters upper = stack.counters().groups().get("/db");
          assertThat(lower.memoryStat()).containsKeys("file", "file_dirty", "pgscan", "pgsteal");
          assertThat(lower.memoryStat().get("file")).isPositive();
          assertThat(lower.ioStat().get("sda").get("wbytes")).isPositive();
          assertThat(lower.ioStat().get("sda").get("wios")).isPositive();
          assertThat(upper.ioStat()).isEqualTo(lower.ioStat());
          assertThat(upper.memoryStat().get("file"))
              .isGreaterThanOrEqualTo(lower.memoryStat().get("file"));
          return null;
        });
  }

  @Test
  void reclaimWrites_isOfTheProfileOf26_andCanBeChosen() throws ErrnoException {
    try (StorageStack stack = builder().profile("linux-2.6.11").build()) {
      assertThat(stack.settings().text("reclaim_writes")).isEqualTo("writers");
    }
    try (StorageStack stack = builder().build()) {
      assertThat(stack.settings().text("reclaim_writes")).isEqualTo("never");
    }
    StorageStack.Builder wrong = builder().set("reclaim_writes", "backgrund");
    assertThatThrownBy(wrong::build).hasMessageContaining("did you mean 'background'?");
  }
}
