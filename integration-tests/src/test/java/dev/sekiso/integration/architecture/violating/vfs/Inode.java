package dev.sekiso.integration.architecture.violating.vfs;

/** What the machine must not know. */
public interface Inode {
  long number();
}
