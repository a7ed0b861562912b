package dev.sekiso.integration.architecture.violating.blockdev;

final class StartsThread {
  void start() {
    new Thread(() -> {}).start();
  }
}
