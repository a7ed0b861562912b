package dev.sekiso.lab.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessSequenceTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 16, 17, 1000, 4096, 4097, 65_537})
  void random_visitsEveryBlockOnceAPass(long blocks) {
    AccessSequence sequence = random(blocks, 7);
    for (int pass = 0; pass < 3; pass++) {
      Set<Long> seen = new HashSet<>();
      for (long i = 0; i < blocks; i++) {
        long block = sequence.next();
        assertThat(block).isBetween(0L, blocks - 1);
        assertThat(seen.add(block)).as("block %d came twice in pass %d", block, pass).isTrue();
      }
    }
  }

  @Test
  void random_hasAnotherOrderEachPass() {
    AccessSequence sequence = random(1000, 7);
    assertThat(take(sequence, 1000)).isNotEqualTo(take(sequence, 1000));
  }

  @Test
  void random_dependsOnTheSeedAlone() {
    assertThat(take(random(1000, 1), 2500)).isEqualTo(take(random(1000, 1), 2500));
    assertThat(take(random(1000, 1), 1000)).isNotEqualTo(take(random(1000, 2), 1000));
  }

  @Test
  void random_isSpreadEvenly() {
    // Over 1024 blocks the mean of the first quarter of a pass lies near the middle: three standard
    // deviations of a mean of 256 draws without replacement are 48 blocks.
    double mean =
        take(random(1024, 3), 256).stream().mapToLong(Long::longValue).average().orElseThrow();
    assertThat(mean).isBetween(512.0 - 48, 512.0 + 48);
  }

  @Test
  void random_huge_staysInRange() {
    long blocks = (1L << 40) + 1;
    assertThat(take(random(blocks, 5), 1000)).allMatch(block -> block >= 0 && block < blocks);
  }

  @Test
  void sequential_startsOverAtTheEnd() {
    AccessSequence sequence = new AccessSequence(3, false, Job.Repetition.NEVER_BEFORE_ALL, 1);
    assertThat(take(sequence, 7)).containsExactly(0L, 1L, 2L, 0L, 1L, 2L, 0L);
  }

  @Test
  void repeating_mayComeBackEarly() {
    AccessSequence sequence = new AccessSequence(100, true, Job.Repetition.ALLOWED, 1);
    assertThat(new HashSet<>(take(sequence, 100))).hasSizeLessThan(100);
  }

  @Test
  void percent_coversTheRange() {
    AccessSequence sequence = random(10, 9);
    assertThat(LongStream.range(0, 10_000).mapToInt(i -> sequence.percent()).boxed().distinct())
        .hasSize(100)
        .allMatch(percent -> percent >= 0 && percent < 100);
  }

  @Test
  void noBlocks_areRefused() {
    assertThatThrownBy(() -> random(0, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static AccessSequence random(long blocks, long seed) {
    return new AccessSequence(blocks, true, Job.Repetition.NEVER_BEFORE_ALL, seed);
  }

  private static List<Long> take(AccessSequence sequence, int count) {
    List<Long> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(sequence.next());
    }
    return taken;
  }
}
