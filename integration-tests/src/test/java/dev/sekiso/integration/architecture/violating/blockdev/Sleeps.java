package dev.sekiso.integration.architecture.violating.blockdev;

final class Sleeps {
  void rest() throws InterruptedException {
    Thread.sleep(1);
  }
}
