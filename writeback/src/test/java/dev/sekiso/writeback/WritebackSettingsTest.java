package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** The kernel's names, defaults and limits. */
final class WritebackSettingsTest {

  private static final WritebackSettings DEFAULT = WritebackSettings.DEFAULT;

  @Test
  void default_isTheKernels() {
    assertThat(DEFAULT.asMap())
        .containsEntry("dirty_background_ratio", 10L)
        .containsEntry("dirty_background_bytes", 0L)
        .containsEntry("dirty_ratio", 20L)
        .containsEntry("dirty_bytes", 0L)
        .containsEntry("dirty_writeback_centisecs", 500L)
        .containsEntry("dirty_expire_centisecs", 3000L)
        .containsEntry("dirtytime_expire_seconds", 43_200L)
        .containsEntry("laptop_mode", 0L)
        .hasSize(8);
  }

  @Test
  void with_everyName_changesThatOneAlone() {
    DEFAULT
        .asMap()
        .forEach((name, value) -> {
          long changed = name.endsWith("_bytes") ? 1 << 20 : value + 1;
          assertThat(DEFAULT.with(name, changed).asMap()).containsEntry(name, changed);
        });
  }

  @Test
  void with_bytes_clearsTheRatioAndTheOtherWayRound() {
    WritebackSettings bytes = DEFAULT.with("dirty_bytes", 8192);
    assertThat(bytes.dirtyRatio()).isZero();
    assertThat(bytes.with("dirty_ratio", 30).dirtyBytes()).isZero();
    WritebackSettings background = DEFAULT.with("dirty_background_bytes", 1);
    assertThat(background.dirtyBackgroundRatio()).isZero();
    assertThat(background.with("dirty_background_ratio", 5).dirtyBackgroundBytes()).isZero();
  }

  @Test
  void with_valueOutOfRange_isRefused() {
    assertRefused("dirty_ratio", 101);
    assertRefused("dirty_ratio", -1);
    assertRefused("dirty_background_ratio", 101);
    assertRefused("dirty_background_bytes", 0);
    assertRefused("dirty_bytes", 8191);
    assertRefused("dirty_writeback_centisecs", -1);
    assertRefused("dirty_expire_centisecs", 1L << 31);
    assertRefused("dirtytime_expire_seconds", -1);
    assertRefused("laptop_mode", -1);
    assertRefused("dirty_rato", 1);
  }

  private static void assertRefused(String name, long value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.with(name, value))
        .withMessageContaining(name);
  }
}
