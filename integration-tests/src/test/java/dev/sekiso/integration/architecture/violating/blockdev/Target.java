package dev.sekiso.integration.architecture.violating.blockdev;

/** What the others reach for and must not. */
public interface Target {
  void submit();
}
