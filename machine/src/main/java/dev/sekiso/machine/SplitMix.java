package dev.sekiso.machine;

/**
 * The generator behind a simulation's choices: SplitMix64 (Steele, Lea, Flood: <em>Fast splittable
 * pseudorandom number generators</em>, OOPSLA 2014). Written out, so that a seed means the same on
 * every JDK.
 */
final class SplitMix {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  SplitMix(long seed) {
    state = seed;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A number from 0 up to the bound; its bias, below bound / 2^32, is nothing to a scheduler. */
  int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }
}
