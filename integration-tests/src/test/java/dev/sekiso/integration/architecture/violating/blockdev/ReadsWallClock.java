package dev.sekiso.integration.architecture.violating.blockdev;

final class ReadsWallClock {
  long now() {
    return System.currentTimeMillis();
  }
}
