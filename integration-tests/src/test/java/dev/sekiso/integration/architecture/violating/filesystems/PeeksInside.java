package dev.sekiso.integration.architecture.violating.filesystems;

import dev.sekiso.integration.architecture.violating.blockdev.internal.Secret;

final class PeeksInside {
  void peek(Secret secret) {
    secret.open();
  }
}
