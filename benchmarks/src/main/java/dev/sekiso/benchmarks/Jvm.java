package dev.sekiso.benchmarks;

/** What the virtual machines that run benchmarks are told. */
final class Jvm {

  /** Page frames and drivers use {@code java.lang.foreign}. */
  static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

  /**
   * Neo4j's page cache reaches memory through {@code sun.misc.Unsafe}, and into {@code java.nio}.
   */
  static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

  /** Neo4j's page cache looks for the address of a buffer. */
  static final String OPEN_NIO = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  private Jvm() {}
}
