package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

  private static final List<String> KNOWN =
      List.of("dirty_ratio", "dirty_bytes", "memory", "mq-deadline", "none", "lru", "arc");

  @ParameterizedTest
  @CsvSource({
    "dirty_ration, dirty_ratio",
    "dirty-ratio, dirty_ratio",
    "DIRTY_RATIO, dirty_ratio",
    "drity_ratio, dirty_ratio",
    "deadline, mq-deadline",
    "mqdeadline, mq-deadline",
    "mq-dead, mq-deadline",
    "non, none",
    "lur, lru",
    "memroy, memory",
    "zzz, ",
    "x, ",
    "throughput, ",
  })
  void find_givesTheOneThatWasMeantOrNone(String word, String expected) {
    assertThat(Nearest.find(word, KNOWN)).isEqualTo(expected);
  }

  @Test
  void find_breaksTiesInAlphabeticalOrder() {
    assertThat(Nearest.find("ac", List.of("bc", "ab", "ad"))).isEqualTo("ab");
    assertThat(Nearest.find("ac", List.of("ad", "ab", "bc"))).isEqualTo("ab");
  }

  @Test
  void hint_isEmpty_whenNothingIsNear() {
    assertThat(Nearest.hint("quux", KNOWN)).isEmpty();
    assertThat(Nearest.hint("memry", KNOWN)).isEqualTo(" (did you mean 'memory'?)");
    assertThat(Nearest.hint("memry", List.of())).isEmpty();
  }
}
