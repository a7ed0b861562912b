package dev.sekiso.integration.architecture.violating.blockdev;

import java.time.Instant;

final class ReadsInstant {
  Instant now() {
    return Instant.now();
  }
}
