package dev.sekiso.integration.architecture.violating.stack;

final class ReadsClockInStack {
  long now() {
    return System.nanoTime();
  }
}
