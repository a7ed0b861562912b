package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {

  @Test
  void parse_takesANameAlone() {
    assertThat(Selection.parse("mq-deadline")).isEqualTo(Selection.of("mq-deadline"));
  }

  @Test
  void parse_takesArgumentAndParameters() {
    Selection selection = Selection.parse("file:disk.img?create=1g&durable=true");

    assertThat(selection.name()).isEqualTo("file");
    assertThat(selection.argument()).isEqualTo("disk.img");
    assertThat(selection.inner()).isEmpty();
    assertThat(selection.parameters())
        .containsExactly(Map.entry("create", "1g"), Map.entry("durable", "true"));
  }

  @Test
  void parse_nests() {
    Selection selection =
        Selection.parse("mirror(flaky(ram:64m?a=1)?b=2,volatile-cache(file:/x/y.img))?c=3");

    assertThat(selection.names())
        .containsExactly("mirror", "flaky", "ram", "volatile-cache", "file");
    assertThat(selection.parameters()).containsOnly(Map.entry("c", "3"));
    assertThat(selection.inner().get(0).parameters()).containsOnly(Map.entry("b", "2"));
    assertThat(selection.inner().get(0).inner().get(0).argument()).isEqualTo("64m");
    assertThat(selection.inner().get(1).inner().get(0).argument()).isEqualTo("/x/y.img");
  }

  @Test
  void parse_takesPunctuationThatHasNoMeaningWhereItStands() {
    assertThat(Selection.parse("file:a(1),b=c&d.img").argument()).isEqualTo("a(1),b=c&d.img");
    assertThat(Selection.parse("ext2:sda?options=ro,noatime").parameters())
        .containsEntry("options", "ro,noatime");
    assertThat(Selection.parse("x(file:C:\\a=b)").inner().get(0).argument()).isEqualTo("C:\\a=b");
  }

  @Test
  void parse_decodesPercent() {
    assertThat(Selection.parse("x(file:a%281%29%2C%3f%25%C3%A4.img)").inner().get(0).argument())
        .isEqualTo("a(1),?%ä.img");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                  | column 1: expected a name, found the end",
        "file:               | column 6: expected what 'file:' is given",
        "flaky(              | column 7: expected a name, found the end",
        "flaky()             | column 7: expected a name, found ')'",
        "flaky(ram:1m        | column 13: expected ')' to close 'flaky(' opened at column 6",
        "flaky(ram:1m))      | column 14: expected the end of the text, found ')'",
        "a(b,)               | column 5: expected a name, found ')'",
        "ram:1m?             | column 8: expected a parameter's name, found the end",
        "ram:1m?x            | column 9: expected '=' and a value for 'x'",
        "ram:1m?x=1&&y=2     | column 12: expected a parameter's name, found '&'",
        "ram:1m?x=1&x=2      | column 12: 'x' is given twice",
        "file:a%2            | column 7: expected two hexadecimal digits after '%'",
        "file:a%zz           | column 7: expected two hexadecimal digits after '%'",
        "file:%FF            | column 6: the bytes written as %XX are not UTF-8",
        "-x                  | column 1: expected a name, found '-'",
        "a b                 | column 2: expected the end of the text, found ' '",
      })
  void parse_pointsAtTheColumn(String text, String message) {
    assertThatThrownBy(() -> Selection.parse(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'" + text + "', " + message);
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 10_000})
  void parse_refusesAbsurdNesting(int depth) {
    assertThatThrownBy(() -> Selection.parse("a(".repeat(depth) + "b" + ")".repeat(depth)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nested more than 32 deep");
  }

  @Test
  void toString_parsesToTheSame_forRandomSelections() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      Selection selection = random(random, 0);
      assertThat(Selection.parse(selection.toString()))
          .as("seed %d, round %d: %s", seed, i, selection)
          .isEqualTo(selection);
    }
  }

  @Test
  void parse_neverFailsButByConfigurationException_forRandomText() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String alphabet = "ab1:?&=(),%2- _/";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(16); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        Selection selection = Selection.parse(text.toString());
        assertThat(Selection.parse(selection.toString()))
            .as("seed %d, round %d: %s", seed, i, text)
            .isEqualTo(selection);
      } catch (ConfigurationException e) {
        assertThat(e).as("seed %d, round %d", seed, i).hasMessageContaining("column");
      }
    }
  }

  private static Selection random(Random random, int depth) {
    List<Selection> inner = new ArrayList<>();
    String argument = "";
    switch (random.nextInt(depth < 3 ? 3 : 2)) {
      case 0 -> argument = text(random, 1 + random.nextInt(8));
      case 1 -> {}
      default -> {
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
          inner.add(random(random, depth + 1));
        }
      }
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int n = random.nextInt(3); n > 0; n--) {
      parameters.put("k" + random.nextInt(5), text(random, random.nextInt(6)));
    }
    return new Selection("n" + random.nextInt(9), argument, inner, parameters);
  }

  private static String text(Random random, int length) {
    String alphabet = "az:?&=(),%/ äß€.";
    StringBuilder text = new StringBuilder();
    for (int n = 0; n < length; n++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
