package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {

  @TempDir Path folder;

  private static StackSettings resolve(String text) {
    return StackSettings.resolve(
        StackSettings.describe(), Configuration.parse("disk.conf", text).entries());
  }

  @Test
  void file_hasKeysCommentsAndSections() {
    StackSettings settings =
        resolve(
            """
            # a comment
            memory = 64m
            ; another
            [vm]
            dirty_ratio=30

            [device]
            sda = volatile-cache(file:a=b.img)?seed=7
            [layer]
              pagecache = pass-through
            [mount]
            /data = ext2:sda
            []
            replacement = lru
            """);

    assertThat(settings.number("memory")).isEqualTo(64 << 20);
    assertThat(settings.number("dirty_ratio")).isEqualTo(30);
    assertThat(settings.text("layer.pagecache")).isEqualTo("pass-through");
    assertThat(settings.text("replacement")).isEqualTo("lru");
    assertThat(settings.devices())
        .containsOnlyKeys("sda")
        .containsValue(Selection.parse("volatile-cache(file:a=b.img)?seed=7"));
    assertThat(settings.mounts()).containsEntry("/data", Selection.parse("ext2:sda"));
    assertThat(settings.place("memory")).isEqualTo("disk.conf:2");
    assertThat(settings.place("dirty_bytes")).isEqualTo("default");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "memory | disk.conf:2: expected 'key = value', '[section]' or a '# comment', found: memory",
        "= 5 | disk.conf:2: expected 'key = value'",
        "[vm | disk.conf:2: a section is written [name], this line has no ']': [vm",
        "memroy = 5 | disk.conf:2: there is no key 'memroy' (did you mean 'memory'?)",
        "vm.dirty_ration = 5 | (did you mean 'dirty_ratio'?)",
        "memory = lots | disk.conf:2: 'lots' is no value for memory: allowed is 1m to 1t, as in"
            + " 64m",
        "dirty_ratio = 101 | disk.conf:2: '101' is no value for dirty_ratio: allowed is 0 to 100",
        "format = sometimes | allowed is one of if-blank, always, never",
        "device.sda = ram( | disk.conf:2: 'ram(', column 5: expected a name, found the end",
        "device.a/b = ram:1m | disk.conf:2: a device's name is letters, digits",
        "mount.data = ramfs | disk.conf:2: a mount point is an absolute path",
      })
  void mistakes_areNamedWithFileAndLine(String line, String message) {
    assertThatThrownBy(() -> resolve("# first\n" + line + "\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void later_winsOverEarlier_andDevicesKeepTheirOrder() {
    List<Configuration.Entry> entries =
        new ArrayList<>(
            Configuration.parse(
                    "a", "memory = 1m\ndevice.sdb = ram:1m\ndevice.sda = ram:2m\nscheduler = x")
                .entries());
    entries.addAll(
        Configuration.parse("b", "memory = 2m\ndevice.sdb = ram:3m\nscheduler =").entries());
    StackSettings settings = StackSettings.resolve(StackSettings.describe(), entries);

    assertThat(settings.number("memory")).isEqualTo(2 << 20);
    assertThat(settings.place("memory")).isEqualTo("b:1");
    assertThat(settings.devices().keySet()).containsExactly("sdb", "sda");
    assertThat(settings.devices().get("sdb").argument()).isEqualTo("3m");
    assertThat(settings.has("scheduler")).isFalse();
  }

  @Test
  void read_namesTheFileThatIsMissing() {
    Path missing = folder.resolve("no.conf");
    assertThatThrownBy(() -> Configuration.read(missing))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no configuration file " + missing);
  }

  @Test
  void read_refusesWhatIsNotUtf8() throws IOException {
    Path file = Files.write(folder.resolve("latin.conf"), new byte[] {'a', '=', (byte) 0xE4, '\n'});
    assertThatThrownBy(() -> Configuration.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is not UTF-8");
  }

  @Test
  void describe_hasEveryKeyOnceWithMeaning() {
    List<String> names = StackSettings.describe().stream().map(Setting::name).toList();
    assertThat(names).doesNotHaveDuplicates().contains("memory", "profile", "dirty_ratio");
    assertThat(StackSettings.describe())
        .allSatisfy(setting -> {
          assertThat(setting.description()).as(setting.name()).isNotBlank();
          assertThat(setting.range()).as(setting.name()).isNotBlank();
        });
  }

  @Test
  void profiles_areAllReadableAndFullOfKnownKeys() {
    assertThat(Profiles.names()).first().isEqualTo(Profiles.DEFAULT);
    for (String name : Profiles.names()) {
      StackSettings settings =
          StackSettings.resolve(StackSettings.describe(), Profiles.load(name).entries());
      for (String key :
          List.of("readahead", "replacement", "flusher", "throttle", "scheduler.solid")) {
        assertThat(settings.has(key)).as("%s says %s", name, key).isTrue();
      }
    }
  }

  @Test
  void profile_unknown_isRefusedWithTheNearest() {
    assertThatThrownBy(() -> Profiles.load("linux-6.17"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no profile 'linux-6.17' (did you mean 'linux-6.18'?)");
  }

  @Test
  void plugins_cannotRedefineAKey() {
    List<Setting> twice = new ArrayList<>(StackSettings.describe());
    twice.add(Setting.text("memory", "", "another"));
    assertThatThrownBy(() -> StackSettings.resolve(twice, Collections.emptyList()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the key 'memory' is defined twice");
  }
}
