package dev.sekiso.integration.architecture.obeying.cli;

/** Above the stack: it may print and read the clock for its progress line. */
final class Command {
  String run() {
    System.err.println("running");
    return "ran at " + System.nanoTime();
  }
}
