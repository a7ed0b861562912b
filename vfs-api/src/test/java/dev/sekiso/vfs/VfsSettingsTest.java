package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class VfsSettingsTest {

  @Test
  void settings_outOfRange_areRefused() {
    VfsSettings settings = VfsSettings.DEFAULT;
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withUnusedDentries(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withUnusedInodes(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withTimestampTickNanos(0));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withCallNanos(-1));
  }
}
