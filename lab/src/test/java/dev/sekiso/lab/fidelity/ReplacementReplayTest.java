package dev.sekiso.lab.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.lab.fidelity.ReplacementReplay.Result;
import dev.sekiso.lab.fidelity.ReplacementReplay.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page cache under a memory limit against recordings of the kernel ({@code rp/}). Set the
 * system property {@code sekiso.golden} to the recordings' directory.
 */
final class ReplacementReplayTest {

  private static Workload workload(int[] accesses, long limit) {
    return new Workload(
        "made up", limit, 512, false, 128, 1L << 40, 1L << 39, 3000, 500, accesses, 0, 0, 0);
  }

  @Test
  void loop_thatFits_missesOnlyTheFirstTime() throws Exception {
    int[] loop = new int[600];
    for (int i = 0; i < loop.length; i++) {
      loop[i] = i % 200;
    }
    Result result = ReplacementReplay.replay(workload(loop, 300), "lru");
    assertThat(result.hits()).isEqualTo(400);
    assertThat(result.group().file()).isEqualTo(200);
  }

  @Test
  void loop_thatDoesNotFit_neverHitsUnderLru() throws Exception {
    int[] loop = new int[1200];
    for (int i = 0; i < loop.length; i++) {
      loop[i] = i % 400;
    }
    Result result = ReplacementReplay.replay(workload(loop, 300), "lru");
    assertThat(result.hits()).isZero();
    assertThat(result.group().current()).isBetween(268L, 300L);
  }

  @Test
  void fileThatIsNoRecording_isNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rp-x.json");
    Files.writeString(file, "{\"workload\":{}}");
    assertThatThrownBy(() -> Workload.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rp-x.json");
  }

  @Test
  void hitRatios_areWithinOnePointOfTheKernels() throws Exception {
    String root = System.getProperty("sekiso.golden", "");
    assumeTrue(!root.isEmpty(), "-Dsekiso.golden names no directory of recordings");
    List<Path> recordings;
    try (Stream<Path> files = Files.list(Path.of(root, "rp"))) {
      recordings = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    List<String> apart = new ArrayList<>();
    for (Path recording : recordings) {
      Result result = ReplacementReplay.replay(Workload.read(recording), "active-inactive");
      System.out.println(result);
      if (!result.agrees()) {
        apart.add(result.toString());
      }
    }
    assertThat(recordings).isNotEmpty();
    assertThat(apart).isEmpty();
  }
}
