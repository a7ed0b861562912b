package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sekiso fidelity} with recordings made by hand. */
class FidelityCommandTest {

  /** A read of the first page of a file, with what the kernel would have read ahead. */
  private static final String RECORDING =
      """
      {"header": {"mem_total_kb": 4194304, "ra_pages": 32,
        "vm": {"dirty_ratio": 20, "dirty_background_ratio": 10,
          "dirty_expire_centisecs": 3000, "dirty_writeback_centisecs": 500},
        "block": {"max_sectors_kb": "1280", "scheduler": "none"}},
      "workload": {"family": "made", "fs": "order0", "file_pages": 8, "ops": [
        {"op": "open", "fd": "a", "flags": "RDONLY"},
        {"op": "pread", "fd": "a", "off": 0, "len": 4096}]},
      "golden": [
        {"ret": 0},
        {"ret": %d, "added": [[0, 4]], "cached": 4, "ra": [
          {"kind": "sync", "index": 0, "req": 1, "size": 0, "async": 0, "order": 0, "prev": -1},
          {"kind": "order", "index": 0, "size": 4, "async": 3, "order": 0},
          {"kind": "unbounded", "index": 0, "req": 4, "async": 3}],
         "io": [{"op": "RA", "first_page": 0, "pages": 4}]}]}
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeRecordings() throws IOException {
    Files.writeString(folder.resolve("right.json"), RECORDING.formatted(4096));
    Files.writeString(folder.resolve("wrong.json"), RECORDING.formatted(17));
  }

  @Test
  void show_printsWhereARecordingDiffers_oursBesideTheKernels() {
    assertThat(Run.ok("fidelity", folder, "--show", "right").out())
        .isEqualTo("right: all 2 operations agree\n");
    String wrong = Run.ok("fidelity", folder, "--show", "wrong", "--all").out();
    assertThat(wrong.lines())
        .contains("  return value", "    ours     4096", "    kernel's 17")
        .anyMatch(line -> line.endsWith("/wrong, operation 1"))
        .doesNotContain("  block requests");
    assertThat(Run.ok("fidelity", folder, "--show", "wrong", "--format", "json").out())
        .contains("\"ours\" : \"4096\"", "\"kernels\" : \"17\"");
  }

  @Test
  void require_failsBelowTheShare() {
    assertThat(Run.of("fidelity", folder, "--quiet", "--require", "75").code()).isZero();
    Run more = Run.of("fidelity", folder, "--quiet", "--require", "76");
    assertThat(more.code()).isEqualTo(1);
    assertThat(more.out()).contains("return value", "75.00 %  3 of 4", "block requests");
  }

  @Test
  void folderWithoutRecordings_isAnErrorThatSaysSo() {
    Run run = Run.of("fidelity", folder.resolve("none"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("does not exist");
  }
}
