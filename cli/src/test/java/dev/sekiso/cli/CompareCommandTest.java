package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {

  @TempDir Path folder;

  private Path job(String text) throws IOException {
    return Files.writeString(folder.resolve("job.fio"), text);
  }

  @Test
  void compare_isTheCrossProduct_withTheBestMarked() throws IOException {
    Run run =
        Run.ok(
            "compare",
            job("[j]\nrw=randread\nsize=4m\nloops=2\ninvalidate=0\n"),
            "--replacement",
            "lru,fifo",
            "--memory",
            "2m,8m");
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(6);
    assertThat(lines.getFirst()).matches("replacement +memory +read BW +read IOPS .*busy");
    assertThat(lines.subList(1, 5))
        .extracting(line -> line.split(" +")[0] + " " + line.split(" +")[1])
        .containsExactly("lru 2m", "lru 8m", "fifo 2m", "fifo 8m");
    assertThat(lines.get(2)).contains("*");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void compare_ofLayersAndKeys_asCsv() throws IOException {
    Run run =
        Run.ok(
            "compare",
            job("[j]\nrw=read\nsize=256k\n"),
            "--layer",
            "pagecache=folio,pass-through",
            "--set",
            "read_ahead_kb=0,128",
            "--output-format",
            "csv");
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.getFirst())
        .startsWith("device.sda,layer.pagecache,read_ahead_kb,read_bw_bytes,");
    assertThat(lines.get(3)).startsWith("nvme:1g,pass-through,0,");
  }

  @Test
  void compare_whereOneFails_tellsOfItAndKeepsTheOthers() throws IOException {
    Run run =
        Run.of(
            "compare",
            job("[j]\nrw=read\nsize=64k\n"),
            "--scheduler",
            "none,mq-deadlin",
            "--output-format",
            "json");
    assertThat(run.code()).isEqualTo(Main.FAILED);
    assertThat(run.out()).contains("\"read_iops\"").contains("\"error\"");
    assertThat(run.err())
        .startsWith("sekiso: 1 of 2 runs failed, the first: ")
        .contains("did you mean 'mq-deadline'?");
  }

  @Test
  void compare_calledWrongly_endsWithTwo() throws IOException {
    Path job = job("[j]\nsize=64k\n");
    assertThat(Run.of("compare").code()).isEqualTo(Main.WRONGLY_CALLED);
    Run twice = Run.of("compare", job, "--memory", "8m,8m");
    assertThat(twice.code()).isEqualTo(Main.WRONGLY_CALLED);
    assertThat(twice.err()).contains("memory has a value twice");
    assertThat(Run.of("compare", folder.resolve("no.fio")).err()).contains("there is no job file");
  }

  @Test
  void progress_goesToTheErrorStreamAlone() throws IOException {
    Path job = job("[j]\nrw=read\nsize=64k\n");
    Run without = Run.ok("compare", job, "--scheduler", "none,mq-deadline");
    Run with = Run.ok("compare", job, "--scheduler", "none,mq-deadline", "--progress", "always");
    assertThat(with.out()).isEqualTo(without.out());
    assertThat(without.err()).isEmpty();
    assertThat(with.err()).contains("compare").contains("%");
  }
}
