package dev.sekiso.integration.architecture.violating.vfs;

final class Prints {
  void tell() {
    System.out.println("open");
  }
}
