package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulateCommandTest {

  @TempDir Path folder;

  @Test
  void simulate_ofAFile_isATableOfPoliciesByCapacities() throws IOException {
    Path file = Files.writeString(folder.resolve("a.lis"), "1 4 0 1\n1 4 0 2\n9 1 0 3\n");
    Run run = Run.ok("simulate", file, "--replacement", "lru,belady", "--memory", "3,16k,100%,64m");
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).isEqualTo("9 requests for 5 pages");
    assertThat(lines.get(1)).matches("hits, % +3 pages +4 pages +5 pages +16384 pages +requests/s");
    assertThat(lines.get(2)).matches("lru +0.00 +44.44\\* +44.44\\* +44.44\\* +\\S+ M");
    assertThat(lines.get(3)).matches("belady +33.33 +44.44 +44.44 +44.44 +\\S+ M");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void simulate_ofAMadeUpTrace_withEveryPolicy_asCsv() {
    Run run = Run.ok("simulate", "zipf:200:1:5000:1", "--output-format", "csv");
    List<String> lines = run.out().lines().toList();
    assertThat(lines.getFirst()).startsWith("policy,capacity_pages,requests,hits,hit_ratio,");
    assertThat(lines).anyMatch(line -> line.startsWith("mglru,40,5000,"));
    assertThat(lines.getLast()).startsWith("belady,40,5000,");
  }

  @Test
  void simulate_calledWrongly_saysWhy() throws IOException {
    assertThat(Run.of("simulate").code()).isEqualTo(Main.WRONGLY_CALLED);
    Run form = Run.of("simulate", "zipf:10:1:10");
    assertThat(form.code()).isEqualTo(Main.WRONGLY_CALLED);
    assertThat(form.err()).contains("the seed is missing");
    Run size = Run.of("simulate", "loop:10:10", "--memory", "5q");
    assertThat(size.code()).isEqualTo(Main.WRONGLY_CALLED);
    assertThat(size.err()).contains("'5q' is no capacity");
    Run twice = Run.of("simulate", "loop:10:10", "--replacement", "lru,lru");
    assertThat(twice.err()).contains("there is a value twice: lru,lru");
    Run policy = Run.of("simulate", "loop:10:10", "--replacement", "lruu");
    assertThat(policy.err()).contains("did you mean 'lru'?");
    Path file = Files.writeString(folder.resolve("a.txt"), "1\nx\n");
    Run line = Run.of("simulate", file);
    assertThat(line.code()).isEqualTo(Main.FAILED);
    assertThat(line.err()).contains("a.txt: line 2: 'x' in column 1 is no page number");
    Run none = Run.of("simulate", folder.resolve("no.txt"));
    assertThat(none.err()).contains("no.txt does not exist");
    Run format = Run.of("simulate", file, "--format", "odd");
    assertThat(format.err()).contains("there is no trace format 'odd'");
  }

  @Test
  void progress_goesToTheErrorStreamAlone() {
    Run run = Run.ok("simulate", "loop:10:100", "--memory", "5", "--progress", "always");
    assertThat(run.out()).startsWith("100 requests for 10 pages");
    assertThat(run.err()).contains("simulate").contains("%");
  }
}
