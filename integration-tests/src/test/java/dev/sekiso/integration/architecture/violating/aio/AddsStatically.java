package dev.sekiso.integration.architecture.violating.aio;

import java.util.concurrent.atomic.LongAdder;

final class AddsStatically {
  private static final LongAdder ADDED = new LongAdder();

  void add() {
    ADDED.increment();
  }
}
