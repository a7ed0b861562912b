package dev.sekiso.integration.architecture.violating.aio;

final class CountsStatically {
  private static int count;

  int next() {
    return ++count;
  }
}
