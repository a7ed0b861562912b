package dev.sekiso.integration.architecture.violating.writeback;

import dev.sekiso.integration.architecture.violating.blockdev.Target;

final class KnowsDevices {
  private Target target;

  Target target() {
    return target;
  }
}
