package dev.sekiso.integration.architecture.violating.blockdev;

import java.util.Random;

final class RollsDice {
  Random dice() {
    return new Random();
  }
}
