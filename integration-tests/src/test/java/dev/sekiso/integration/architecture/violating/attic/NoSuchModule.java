package dev.sekiso.integration.architecture.violating.attic;

/** Lives in a module that the table of arrows does not know. */
final class NoSuchModule {}
