package dev.sekiso.integration.architecture.violating.blockdev;

final class StartsVirtualThread {
  Thread start() {
    return Thread.startVirtualThread(() -> {});
  }
}
