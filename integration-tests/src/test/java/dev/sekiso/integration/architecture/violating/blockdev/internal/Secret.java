package dev.sekiso.integration.architecture.violating.blockdev.internal;

/** Public to Java, not to other modules. */
public interface Secret {
  void open();
}
