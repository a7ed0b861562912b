package dev.sekiso.integration.architecture.violating.blockdev;

final class ReadsClock {
  long now() {
    return System.nanoTime();
  }
}
