package dev.sekiso.integration.architecture.violating.blockdev;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

final class StartsExecutor {
  Executor start() {
    return Executors.newSingleThreadExecutor();
  }
}
