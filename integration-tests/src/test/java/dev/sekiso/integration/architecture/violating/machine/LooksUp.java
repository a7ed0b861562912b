package dev.sekiso.integration.architecture.violating.machine;

import dev.sekiso.integration.architecture.violating.vfs.Inode;

final class LooksUp {
  long look(Inode inode) {
    return inode.number();
  }
}
