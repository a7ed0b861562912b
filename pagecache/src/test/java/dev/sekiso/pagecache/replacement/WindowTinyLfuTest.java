package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class WindowTinyLfuTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new WindowTinyLfu(pages);
  }

  /**
   * Section 4 of the paper, four pages: a window of one, three in the main space, two protected.
   */
  @Test
  void candidate_entersTheMainSpaceOnlyIfItIsUsedMoreOftenThanWhoWouldLeave() {
    PolicySimulation cache = new PolicySimulation(this::create, 4);
    // 1 to 4 fill the window, uncontested. 1 and 2 are used once more.
    assertThat(cache.hits(1, 2, 3, 4, 1, 2)).isEqualTo(2);
    // Window from the newest: 2 1 4 3. For 5, 3 and 4 go to probation, 1 meets 3: 2 uses to 1.
    assertThat(cache.hits(5)).isZero();
    assertThat(cache.contains(3)).isFalse();
    // Window 5 2, probation 1 4. 2 meets 4 and wins.
    assertThat(cache.hits(6)).isZero();
    assertThat(cache.contains(4)).isFalse();
    // Window 6 5, probation 2 1. 5, used once, loses to 1; so does everything of a scan (of
    // fewer than 40 uses, after which all counts are halved).
    for (int page = 7; page < 20; page++) {
      assertThat(cache.hits(page)).isZero();
    }
    assertThat(cache.hits(1, 2)).isEqualTo(2);
    assertThat(cache.contains(19)).isTrue();
    assertThat(cache.contains(17)).isFalse();
  }

  @Test
  void window_growsUnderALoadOfRecency() {
    WindowTinyLfu[] policy = new WindowTinyLfu[1];
    PolicySimulation cache =
        new PolicySimulation(pages -> policy[0] = new WindowTinyLfu(pages), 500);
    assertThat(policy[0].windowMost()).isEqualTo(5);
    // Each page is used a few times soon after it came, and never again.
    Random random = new Random(1);
    for (int newest = 0; newest < 200_000; newest++) {
      cache.access(newest);
      cache.access(Math.max(0, newest - random.nextInt(400)));
    }
    assertThat(policy[0].windowMost()).isGreaterThan(100);
    assertThat(cache.hits()).isGreaterThan(120_000);
  }

  @Test
  void sketch_countsUpToFifteen_andHalvesAfterTenUsesAPage() {
    FrequencySketch sketch = new FrequencySketch();
    sketch.reserve(64);
    int hash = KeyIndex.hash(1);
    assertThat(sketch.frequency(hash)).isZero();
    for (int i = 1; i <= 20; i++) {
      sketch.increment(hash);
      assertThat(sketch.frequency(hash)).isEqualTo(Math.min(i, 15));
    }
    // 15 have counted; 625 of others make 640.
    int other = 2;
    for (int i = 0; i < 624; i++) {
      sketch.increment(KeyIndex.hash(other++));
    }
    assertThat(sketch.frequency(hash)).isEqualTo(15);
    for (int i = 0; i < 60; i++) {
      sketch.increment(KeyIndex.hash(other++));
    }
    assertThat(sketch.frequency(hash)).isEqualTo(7);
  }

  @Test
  void sketch_isSeldomTooHigh_andNeverTooLow() {
    FrequencySketch sketch = new FrequencySketch();
    sketch.reserve(1024);
    for (int key = 0; key < 1024; key++) {
      for (int use = 0; use < key % 4; use++) {
        sketch.increment(KeyIndex.hash(key));
      }
    }
    int tooHigh = 0;
    for (int key = 0; key < 1024; key++) {
      int frequency = sketch.frequency(KeyIndex.hash(key));
      assertThat(frequency).isGreaterThanOrEqualTo(key % 4);
      tooHigh += frequency > key % 4 ? 1 : 0;
    }
    assertThat(tooHigh).isLessThan(50);
  }
}
