package dev.sekiso.integration.architecture.violating.blockdev;

final class Waits {
  synchronized void rest() throws InterruptedException {
    while (true) {
      wait();
    }
  }
}
