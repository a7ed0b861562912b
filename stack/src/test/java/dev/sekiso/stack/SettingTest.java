package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {

  private static final Setting SIZE = Setting.size("memory", "1m", 4096, 1L << 50, "memory");
  private static final Setting TIME =
      Setting.duration("read_expire", "500ms", 0, Long.MAX_VALUE, "deadline");
  private static final Setting COUNT =
      Setting.integer("fifo_batch", "16", 1, 100, "requests", "requests in a row");

  @ParameterizedTest
  @CsvSource({
    "4096, 4096",
    "64k, 65536",
    "64K, 65536",
    "64kb, 65536",
    "64KiB, 65536",
    "1m, 1048576",
    "2g, 2147483648",
    "1t, 1099511627776"
  })
  void size_takesSuffixes(String text, long bytes) {
    assertThat(SIZE.number(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "1.5m", "64q", "9999999999t", "1 m", "4095", "0x10"})
  void size_refusesTheRest_namingKeyValueAndRange(String text) {
    assertThatThrownBy(() -> SIZE.check(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("'" + text + "' is no value for memory: allowed is 4k to 1024t, as in 64m");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "5ns, 5",
    "7us, 7000",
    "1.5ms, 1500000",
    "2s, 2000000000",
    "1min, 60000000000"
  })
  void duration_takesUnits(String text, long nanos) {
    assertThat(TIME.number(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "-1ms", "1.5ns", "1h", "ms", "99999999999999999s"})
  void duration_refusesTheRest(String text) {
    assertThatThrownBy(() -> TIME.check(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'" + text + "' is no value for read_expire: allowed is 0 or more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "101", "1.0", "1k", "", "99999999999999999999"})
  void integer_refusesWhatIsNoneOrOutOfRange(String text) {
    assertThatThrownBy(() -> COUNT.check(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is no value for fifo_batch: allowed is 1 to 100 requests");
  }

  @Test
  void word_suggestsTheNearest() {
    Setting word = Setting.word("format", "never", List.of("never", "always"), "when");
    assertThatThrownBy(() -> word.check("alway"))
        .hasMessageContaining("allowed is one of never, always (did you mean 'always'?)");
  }

  @Test
  void decimal_refusesWhatIsNoNumber() {
    Setting rate = Setting.decimal("rate", "0.5", 0, 1, "", "a probability");
    assertThat(rate.decimal("0.25")).isEqualTo(0.25);
    assertThatThrownBy(() -> rate.check("NaN")).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> rate.check("1.01")).isInstanceOf(ConfigurationException.class);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "ON, true", "1, true", "no, false", "0, false"})
  void switch_takesTheUsualWords(String text, boolean on) {
    assertThat(Setting.onOff("durable", "false", "").isOn(text)).isEqualTo(on);
  }

  @Test
  void values_refuseUnknownKeys_namingOwnerAndNearest() {
    assertThatThrownBy(
            () -> Values.of("the driver 'ram'", List.of(COUNT), Map.of("fifo_bach", "1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "the driver 'ram' has no parameter 'fifo_bach' (did you mean 'fifo_batch'?);"
                + " it takes fifo_batch");
    assertThatThrownBy(() -> Values.of("the driver 'ram'", List.of(), Map.of("x", "1")))
        .hasMessageContaining("it takes none");
  }

  @Test
  void values_giveDefaults() {
    Values values = Values.of("x", List.of(COUNT, SIZE), Map.of("memory", "2m"));
    assertThat(values.integer("fifo_batch")).isEqualTo(16);
    assertThat(values.isSet("fifo_batch")).isFalse();
    assertThat(values.number("memory")).isEqualTo(2 << 20);
    assertThat(values.isSet("memory")).isTrue();
  }
}
