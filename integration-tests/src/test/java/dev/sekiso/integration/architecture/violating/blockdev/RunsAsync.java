package dev.sekiso.integration.architecture.violating.blockdev;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

final class RunsAsync {
  CompletionStage<String> start() {
    return CompletableFuture.supplyAsync(() -> "done");
  }
}
