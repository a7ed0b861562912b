package dev.sekiso.integration.architecture.violating.blockdev;

import java.util.concurrent.locks.Condition;

final class AwaitsCondition {
  void rest(Condition condition) throws InterruptedException {
    while (true) {
      condition.await();
    }
  }
}
