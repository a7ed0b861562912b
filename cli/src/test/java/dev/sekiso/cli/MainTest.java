package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.stack.Choice;
import dev.sekiso.stack.Seam;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.Setting;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StackSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  @TempDir Path folder;

  @Test
  void layers_listEveryNameWithItsSource() {
    String out = Run.ok("layers").out();
    StackCatalog catalog = StackCatalog.load();
    for (Seam<?> seam : Seams.all()) {
      assertThat(out).contains(seam.name() + (seam.key().isEmpty() ? ":" : " (key "));
      for (Choice<?> choice : catalog.choices(seam)) {
        assertThat(out.lines())
            .anyMatch(line ->
                line.matches("  " + Pattern.quote(choice.name()) + "\\*? .*")
                    && line.endsWith("[" + choice.source() + "]"));
      }
    }
  }

  @Test
  void layers_listWhatControlGroupsHave_andAskedForEveryKey() {
    String out = Run.ok("layers").out();
    for (Setting setting : StackSettings.describeGroups()) {
      assertThat(out).contains("  " + setting.name() + " ").contains(setting.description());
    }
    assertThat(out).doesNotContain("dirty_background_ratio");
    String all = Run.ok("layers", "--keys").out();
    for (Setting setting : StackCatalog.load().settings()) {
      assertThat(all).contains("  " + setting.name() + " ").contains(setting.description());
    }
    assertThat(all)
        .contains("[0 to 100 percent of dirtyable memory; default 20; live]")
        .contains("bdi/max_ratio");
  }

  @Test
  void layers_markWhatStandsWhereNothingIsChosen() {
    assertThat(Run.ok("layers").out())
        .contains("  linux-6.18*\n", "  active-inactive* ", "  mq-deadline* ", "  lru   ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "compare", "explain"})
  void help_ofAStacksOptions_tellsTheirDefaults(String command) {
    String help = Run.ok(command, "--help").out().replaceAll("\\s+", " ");
    StackSettings settings = StackCatalog.load().settings("linux-6.18");
    for (String key : List.of("replacement", "readahead", "flusher", "throttle", "memory")) {
      assertThat(help)
          .containsPattern("--" + key + "=[^;]*; " + settings.text(key) + " by default");
    }
    assertThat(help).contains(StackCatalog.load().profiles());
  }

  @ParameterizedTest
  @ValueSource(strings = {"read", "write", "fsync", "sync"})
  void explain_twiceWithOneSeed_tellsTheSame(String call) {
    String story = Run.ok("explain", call, "--seed", "5").out();
    assertThat(story).contains("system call").contains("sys_enter_" + call);
    assertThat(Run.ok("explain", call, "--seed", "5").out()).isEqualTo(story);
  }

  @ParameterizedTest
  @EnumSource(ExplainedCall.class)
  void explain_knowsEveryCall(ExplainedCall call) {
    String story = Run.ok("explain", call.word(), "--memory", "8m").out();
    List<String> lines = story.lines().toList();
    assertThat(lines.get(lines.size() - 2)).contains(call.word() + " returns ");
    assertThat(lines.getLast()).contains("afterwards: ");
    assertThat(story.lines().count()).isGreaterThan(2);
    assertThat(Run.ok("explain", "--calls").out().lines()).contains(call.word());
  }

  @Test
  void explain_takesTheOptionsOfAStack() {
    assertThat(Run.ok("explain", "read", "--layer", "pagecache=pass-through", "--cached").out())
        .contains("block_rq_issue");
    assertThat(Run.ok("explain", "read", "--readahead", "none").out())
        .isNotEqualTo(Run.ok("explain", "read").out());
    assertThat(Run.ok("explain", "pwrite", "--direct").out()).contains("block_rq_issue");
    assertThat(Run.ok("explain", "pwrite").out()).doesNotContain("block_rq_issue");
    assertThat(Run.ok("explain", "pwrite", "--sync").out()).contains("block_rq_issue");
    assertThat(Run.ok("explain", "sync_file_range", "--flags", "wait_after").out())
        .doesNotContain("block_rq_issue");
  }

  @Test
  void explainSync_goesTheKernelsWay() {
    String story = Run.ok("explain", "sync", "--size", "8k").out();
    assertThat(story)
        .containsSubsequence(
            "sys_enter_sync",
            "func=wakeup_flusher_threads",
            "func=sync_inodes_sb",
            "writeback_queue ",
            "writeback_start ",
            "block_rq_complete",
            "writeback_written ",
            "func=sync_fs subject=sda wait=0",
            "func=sync_fs subject=sda wait=1",
            "func=sync_bdevs subject=all wait=0",
            "func=sync_bdevs subject=all wait=1",
            "func=laptop_sync_completion",
            "sys_exit_sync")
        .contains("afterwards: 0 pages dirty, 0 being written");
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-2.6.11", "linux-4.7", "linux-6.18"})
  void explainSyncFamily_leavesNothingDirty_inEveryEra(String profile) {
    for (String call : List.of("sync", "syncfs", "fsync", "msync")) {
      assertThat(Run.ok("explain", call, "--profile", profile).out())
          .as(call)
          .contains("sys_enter_" + call, "block_rq_issue", "afterwards: 0 pages dirty, 0 being");
    }
  }

  @Test
  void explainMsync_asynchronous_showsThreeEras() {
    List<String> lines =
        Run.ok("explain", "msync", "--flags", "MS_ASYNC", "--size", "8k").out().lines().toList();
    assertThat(lines.getFirst()).contains("2.5.67", "2.6.16", "2.6.17");
    String all = String.join("\n", lines);
    assertThat(all.split("afterwards: ", -1)).hasSize(4);
    assertThat(all).as("nothing is cut off").contains("nr_sector=16", "flags=1");
    assertThat(Run.ok("explain", "msync", "--flags", "ms_async", "--set", "msync=2.5.67").out())
        .contains("block_rq_issue");
    assertThat(Run.ok("explain", "msync", "--flags", "ms_async", "--set", "msync=2.6.16").out())
        .contains("writeback_dirty_folio", "afterwards: 1 pages dirty")
        .doesNotContain("block_rq_issue");
    assertThat(Run.ok("explain", "msync", "--flags", "ms_async", "--set", "msync=today").out())
        .contains("afterwards: 1 pages dirty")
        .doesNotContain("writeback_dirty_folio", "block_rq_issue");
    assertThat(Run.of("explain", "msync", "--flags", "write").err())
        .contains("msync knows no 'write'; there are: ms_async, ms_invalidate, ms_sync");
  }

  @Test
  void explain_aCallThatFails_tellsItsStoryAndFails() {
    Run run = Run.of("explain", "pread", "--direct", "--offset", "3");
    assertThat(run.code()).isEqualTo(Main.FAILED);
    assertThat(run.out()).contains("sys_enter_pread64").contains("pread fails: EINVAL");
  }

  @Test
  void explainRead_cached_leavesTheDeviceAlone() {
    assertThat(Run.ok("explain", "read").out()).contains("block_rq_issue");
    assertThat(Run.ok("explain", "read", "--cached").out()).doesNotContain("block_rq_issue");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "compare", "simulate", "mkfs", "fs", "explain", "layers"})
  void help_ofEveryCommand_hasExamples(String command) {
    assertThat(Run.ok(command, "--help").out()).contains("Usage: sekiso " + command, "Examples:");
  }

  @Test
  void version_isPrinted() {
    assertThat(Run.ok("--version").out()).startsWith("sekiso ");
  }

  @Test
  void wrongCalls_endWithTwo() {
    assertThat(Run.of("laiers").code()).isEqualTo(2);
    assertThat(Run.of("explain").err()).contains("say which call; there are: read, pread");
    assertThat(Run.of("explain", "fsyncc").code()).isEqualTo(2);
    assertThat(Run.of("explain", "fsyncc").err()).contains("did you mean 'fsync'?");
    assertThat(Run.of("run").code()).isEqualTo(2);
    assertThat(Run.of("explain", "read", "--size", "0").code()).isEqualTo(2);
    Path image = folder.resolve("x.img");
    assertThat(Run.of("mkfs", image, "many").err()).contains("is no size");
    assertThat(Run.of("mkfs", image, "1000").code()).isEqualTo(2);
    assertThat(Run.of("mkfs", image, "1m", "--block-size", "3k").code()).isEqualTo(2);
    assertThat(image).doesNotExist();
  }

  @Test
  void mkfs_overSomething_needsForce() throws Exception {
    Path image = Files.write(folder.resolve("data"), new byte[] {0, 0, 1});
    Run refused = Run.of("mkfs", image, "1m");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("--force");
    assertThat(image).hasBinaryContent(new byte[] {0, 0, 1});

    Run tooSmall = Run.of("mkfs", image, "8k", "--force");
    assertThat(tooSmall.code()).isEqualTo(1);
    assertThat(image).hasBinaryContent(new byte[] {0, 0, 1});

    Run.ok("mkfs", image, "1m", "--force", "--block-size", "2k");
    assertThat(image).hasSize(1 << 20);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(image);
    }
  }

  @Test
  void debug_showsWhereTheErrorCameFrom() {
    Run run = Run.of("fs", folder.resolve("none"), "ls", "--debug");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("\tat dev.sekiso.cli.");
  }
}
