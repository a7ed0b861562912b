package dev.sekiso.integration.architecture.violating.vfs;

import org.assertj.core.api.Assertions;

final class BringsLibrary {
  Object check() {
    return Assertions.assertThat(true);
  }
}
