package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.Module;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.replacement.Fifo;
import java.util.List;
import org.junit.jupiter.api.Test;

class StackCatalogTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  @Test
  void everySeam_hasNames_eachWithALineAndASource() {
    for (Seam<?> seam : Seams.all()) {
      assertThat(CATALOG.choices(seam)).as(seam.name()).isNotEmpty();
      for (Choice<?> choice : CATALOG.choices(seam)) {
        String what = seam + " " + choice.name();
        assertThat(choice.seam()).as(what).isEqualTo(seam.name());
        assertThat(choice.description()).as(what).isNotBlank().doesNotContain("\n");
        assertThat(choice.source()).as(what).isNotBlank().doesNotContain("\n");
        assertThat(CATALOG.choice(seam, choice.name())).as(what).isSameAs(choice);
      }
    }
  }

  @Test
  void everySeam_isChosenByAKeyThatExists() {
    List<String> keys = StackSettings.describe().stream().map(Setting::name).toList();
    for (Seam<?> seam : Seams.all()) {
      if (!seam.key().isEmpty()) {
        assertThat(keys).as(seam.name()).contains(seam.key());
      }
    }
  }

  @Test
  void everyProfile_namesOnlyChoicesThatExist() throws ErrnoException {
    for (String profile : CATALOG.profiles()) {
      StorageStack.builder()
          .catalog(CATALOG)
          .profile(profile)
          .memory("4m")
          .device("ram:1m")
          .fileSystem("none")
          .build()
          .close();
    }
  }

  @Test
  void choice_unknown_isRefusedWithTheNearestAndAll() {
    assertThatThrownBy(() -> CATALOG.choice(Seams.SCHEDULER, "deadline"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(
            "there is no scheduler 'deadline' (did you mean 'mq-deadline'?); there are: ");
  }

  @Test
  void policy_unknown_isRefusedWithThePlaceThatNamedIt() {
    assertThatThrownBy(() -> StorageStack.builder().catalog(CATALOG).replacement("lruu").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(
            "option: replacement: there is no replacement 'lruu' (did you mean 'lru'?)");
    assertThatThrownBy(
            () -> StorageStack.builder().catalog(CATALOG).readahead("fixed?pages=0").build())
        .hasMessageContaining("the readahead 'fixed': '0' is no value for pages: allowed is 1 to");
  }

  @Test
  void plugin_addsNamesAndKeys() throws ErrnoException {
    StackPlugin plugin =
        new StackPlugin() {
          @Override
          public Module module() {
            return replacement("newest");
          }

          @Override
          public List<Setting> settings() {
            return List.of(Setting.integer("newest_depth", "3", 1, 9, "pages", "a test"));
          }
        };
    try (StorageStack stack =
        StorageStack.builder()
            .plugin(plugin)
            .replacement("newest")
            .set("newest_depth", "4")
            .memory("4m")
            .build()) {
      assertThat(stack.settings().number("newest_depth")).isEqualTo(4);
    }
    assertThat(StackCatalog.load(List.of(plugin)).choices(Seams.REPLACEMENT))
        .extracting(Choice::name)
        .contains("newest", "lru");
    assertThat(CATALOG.choices(Seams.REPLACEMENT))
        .extracting(Choice::name)
        .doesNotContain("newest");
  }

  @Test
  void plugin_thatTakesANameThatIsTaken_isRefused() {
    StackPlugin plugin = () -> replacement("lru");
    assertThatThrownBy(() -> StackCatalog.load(List.of(plugin)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("do not fit together")
        .hasMessageContaining("lru");
  }

  private static Module replacement(String name) {
    return new SeamModule() {
      @Override
      protected void configure() {
        choice(
            Seams.REPLACEMENT, name, "a test", "this file", (pages, parameters) -> new Fifo(pages));
      }
    };
  }
}
