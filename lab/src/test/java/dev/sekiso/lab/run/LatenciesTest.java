package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LatenciesTest {

  private static Latencies of(long... nanos) {
    Latencies latencies = new Latencies();
    for (long each : nanos) {
      latencies.add(each);
    }
    return latencies;
  }

  @Test
  void timesThatAreAllTheSame_areThatTime() {
    Latencies same = of(30_577, 30_577, 30_577);
    assertThat(same.least()).isEqualTo(30_577);
    assertThat(same.most()).isEqualTo(30_577);
    assertThat(same.mean()).isEqualTo(30_577);
    assertThat(same.deviation()).isZero();
    assertThat(same.atPercentile(1)).isEqualTo(30_577);
    assertThat(same.atPercentile(99.99)).isEqualTo(30_577);
  }

  @Test
  void plus_isAsIfAllHadBeenAddedToOne() {
    Latencies sum = of(2, 4, 4, 4).plus(of(5, 5, 7, 9)).plus(new Latencies());
    assertThat(sum.count()).isEqualTo(8);
    assertThat(sum.least()).isEqualTo(2);
    assertThat(sum.most()).isEqualTo(9);
    assertThat(sum.mean()).isCloseTo(5, within(1e-12));
    assertThat(sum.deviation()).isCloseTo(2, within(1e-12));
    assertThat(sum.countBetween(4, 5)).isEqualTo(5);
  }

  @Test
  void nothing_isZero() {
    Latencies none = new Latencies().plus(new Latencies());
    assertThat(none.count()).isZero();
    assertThat(none.least()).isZero();
    assertThat(none.mean()).isZero();
    assertThat(none.deviation()).isZero();
    assertThat(none.atPercentile(50)).isZero();
  }
}
