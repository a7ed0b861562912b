package dev.sekiso.lab.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DimensionTest {

  @Test
  void parse_splitsAtCommasOutsideParentheses() {
    assertThat(Dimension.parse("scheduler", "none, mq-deadline?fifo_batch=4").values())
        .containsExactly("none", "mq-deadline?fifo_batch=4");
    assertThat(Dimension.parse("device.sda", "mirror(ram:1g,ram:2g),nvme:1g").values())
        .containsExactly("mirror(ram:1g,ram:2g)", "nvme:1g");
    assertThat(Dimension.parse("memory", "8m").varies()).isFalse();
  }

  @Test
  void parse_anEmptyText_isOneEmptyValue() {
    assertThat(Dimension.parse("scheduler", "").values()).containsExactly("");
  }

  @Test
  void parse_aValueThatIsEmptyOrThereTwice_isRefused() {
    assertThatThrownBy(() -> Dimension.parse("memory", "8m,,16m"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("memory has an empty value: '8m,,16m'");
    assertThatThrownBy(() -> Dimension.parse("memory", "8m,8m"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("memory has a value twice");
  }

  @Test
  void title_isForPeople() {
    assertThat(Dimension.parse("device.sda", "a").title()).isEqualTo("device");
    assertThat(Dimension.parse("layer.aio", "a").title()).isEqualTo("aio");
    assertThat(Dimension.parse("dirty_ratio", "1").title()).isEqualTo("dirty_ratio");
  }
}
