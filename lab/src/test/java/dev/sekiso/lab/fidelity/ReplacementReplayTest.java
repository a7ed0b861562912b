package dev.sekiso.lab.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.lab.fidelity.ReplacementReplay.Result;
import dev.sekiso.lab.fidelity.ReplacementReplay.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replays of made-up workloads under a memory limit; {@link GoldenRecordingsTest} has the real. */
final class ReplacementReplayTest {

  private static Workload workload(int[] accesses, long limit) {
    return new Workload(
        "made up", "order0", limit, 512, false, 128, 1L << 40, 1L << 39, 3000, 500, accesses, 0, 0,
        0);
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
}
