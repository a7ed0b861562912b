package dev.sekiso.integration.architecture.violating.blockdev;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

final class StartsForkJoin {
  Executor start() {
    return new ForkJoinPool(1);
  }
}
