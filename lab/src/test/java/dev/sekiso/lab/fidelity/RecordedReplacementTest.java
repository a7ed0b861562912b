package dev.sekiso.lab.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordedReplacementTest {

  @TempDir Path folder;

  /** A loop over 100 pages of 128, twice; the kernel's hit ratio as told. */
  private void record(String name, double kernels) throws IOException {
    ByteBuffer list = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 200; i++) {
      list.putShort((short) (i % 100));
    }
    Path rp = Files.createDirectories(folder.resolve("rp"));
    Files.write(rp.resolve(name + ".bin"), list.array());
    Files.writeString(
        rp.resolve(name + ".json"),
        """
        {"header":{"mem_total_kb":4000000,"vm":{"dirty_ratio":20,"dirty_background_ratio":10,
         "dirty_expire_centisecs":3000,"dirty_writeback_centisecs":500}},
         "workload":{"name":"NAME","family":"rp-loop","fs":"order0","list_file":"NAME.bin",
          "list_format":"u16 little endian","mem_limit_pages":300,"file_pages":128,
          "readahead":false,"ra_kb":128},
         "fresh":{"hit_ratio_mean":RATIO,"hit_ratio_min":RATIO,"hit_ratio_max":RATIO}}
        """
            .replace("NAME", name)
            .replace("RATIO", Double.toString(kernels)));
  }

  private FidelityReport report() throws Exception {
    return new Fidelity(folder).run(family -> true, (recording, done, of) -> {});
  }

  @Test
  void hitRatios_areReportedForEachRecording_andCountWithinAPoint() throws Exception {
    record("near", 0.509);
    record("far", 0.511);
    FidelityReport report = report();
    assertThat(report.skipped()).isEmpty();
    assertThat(report.overall().agreement().compared(Aspect.HIT_RATIO)).isEqualTo(2);
    assertThat(report.overall().agreement().agreeing(Aspect.HIT_RATIO)).isEqualTo(1);
    assertThat(report.hitRatios()).extracting(HitRatio::ours).containsExactly(0.5, 0.5);
    assertThat(report.reaches(50)).isTrue();
    assertThat(report.reaches(51)).isFalse();
    assertThat(FidelityText.of(report))
        .containsPattern("rp/far +50\\.00 % +51\\.10 % +-1\\.10  apart\n")
        .containsPattern("rp/near +50\\.00 % +50\\.90 % +-0\\.90\n")
        .containsPattern("rp-loop order0 +50\\.00 %  1 of 2\n")
        .doesNotContain("requests\n");
    assertThat(FidelityJson.of(report)).contains("\"hit_ratios\"").contains("\"agrees\" : false");
  }

  @Test
  void difference_isShownBesideTheKernels() throws Exception {
    record("far", 0.6);
    ReplayResult result = new Fidelity(folder).replay("far");
    assertThat(result.operations()).isEqualTo(200);
    assertThat(FidelityText.of(result.differences().getFirst()))
        .contains("200 accesses under 300 pages")
        .contains("ours     50.00 %")
        .contains("kernel's 60.00 %")
        .contains("hit_ratio_mean");
  }

  @Test
  void listThatIsMissing_isNamed() throws Exception {
    record("far", 0.6);
    Files.delete(folder.resolve("rp/far.bin"));
    assertThatThrownBy(this::report)
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("far.bin");
  }
}
