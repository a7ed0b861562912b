package dev.sekiso.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SyntheticTraceTest {

  /** How often each page is asked for, the most frequent first. */
  private static long[] counts(Trace trace) {
    long[] counts = new long[trace.pages()];
    for (int i = 0; i < trace.length(); i++) {
      counts[trace.page(i)]++;
    }
    Arrays.sort(counts);
    for (int i = 0; i < counts.length / 2; i++) {
      long least = counts[i];
      counts[i] = counts[counts.length - 1 - i];
      counts[counts.length - 1 - i] = least;
    }
    return counts;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.6, 1, 1.3})
  void zipf_isAsFrequentAsItsRankSays(double alpha) {
    Trace trace = SyntheticTrace.of("zipf:1000:" + alpha + ":2000000:7");
    double sum = 0;
    for (int rank = 1; rank <= 1000; rank++) {
      sum += Math.pow(rank, -alpha);
    }
    long[] counts = counts(trace);
    for (int rank : new int[] {1, 2, 3, 10, 50}) {
      double expected = 2_000_000 * Math.pow(rank, -alpha) / sum;
      // Six standard deviations.
      assertThat((double) counts[rank - 1])
          .as("rank %d", rank)
          .isCloseTo(expected, within(6 * Math.sqrt(expected)));
    }
  }

  @Test
  void uniform_asksForAllAlike() {
    Trace trace = SyntheticTrace.of("uniform:100:1000000:3");
    assertThat(trace.pages()).isEqualTo(100);
    long[] counts = counts(trace);
    assertThat(counts[0]).isLessThan(10_600);
    assertThat(counts[99]).isGreaterThan(9_400);
  }

  @Test
  void loop_goesRound() {
    Trace trace = SyntheticTrace.of("loop:3:7");
    assertThat(trace.length()).isEqualTo(7);
    assertThat(trace.page(5)).isEqualTo(2);
    assertThat(trace.page(6)).isZero();
  }

  @Test
  void scans_areOfPagesNeverAskedForAgain() {
    Trace trace = SyntheticTrace.of("scan+zipf:100:1:3000:1");
    long once = Arrays.stream(counts(trace)).filter(count -> count == 1).count();
    assertThat(once).isGreaterThanOrEqualTo(300);
    assertThat(trace.pages()).isBetween(301, 400);
  }

  @Test
  void sameText_isTheSameTrace_anotherSeedAnother() {
    assertThat(SyntheticTrace.of("zipf:50:1:500:1").requests())
        .isEqualTo(SyntheticTrace.of("zipf:50:1:500:1").requests())
        .isNotEqualTo(SyntheticTrace.of("zipf:50:1:500:2").requests());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zipf", "zipf:10:1:10", "zipf:10:x:10:1", "zipf:10:11:10:1", "zipf:0:1:10:1",
        "uniform:10:10", "uniform:10:-1:1", "uniform:10:10:1:1", "loop:10:x", "loop:10:10:1"
      })
  void wrongText_isRefusedWithAllForms(String text) {
    assertThatThrownBy(() -> SyntheticTrace.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "': ")
        .hasMessageContaining("write one of uniform:PAGES:REQUESTS:SEED");
  }

  @Test
  void files_areNotTakenForTheseTexts() {
    assertThat(SyntheticTrace.isOne("zipf:1")).isTrue();
    assertThat(SyntheticTrace.isOne("zipf.txt")).isFalse();
    assertThat(SyntheticTrace.isOne("/tmp/loop:1")).isFalse();
  }
}
