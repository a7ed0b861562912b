package dev.sekiso.lab.job;

/**
 * Which block a job touches next: sequential, or random without touching a block again before all
 * were touched.
 *
 * <p>The random order of a pass is a permutation of the blocks: four rounds of a balanced Feistel
 * network (Luby and Rackoff 1988) over the smallest even number of bits that holds all block
 * numbers, walked along its cycle until the result is one of them (Black and Rogaway 2002). On
 * average under four walks are needed; no memory per block is. Every pass has keys of its own.
 */
public final class AccessSequence {

  private static final int ROUNDS = 4;

  private final long blocks;
  private final boolean random;
  private final boolean repeating;
  private final int halfBits;
  private final long halfMask;
  private final long[] keys = new long[ROUNDS];
  private long state;
  private long next;

  /**
   * @param blocks how many there are, at least 1
   * @param seed where the random numbers start
   */
  public AccessSequence(Job job, long blocks, long seed) {
    this(blocks, job.pattern().isRandom(), job.repetition(), seed);
  }

  AccessSequence(long blocks, boolean random, Job.Repetition repetition, long seed) {
    if (blocks < 1) {
      throw new IllegalArgumentException("a sequence over " + blocks + " blocks has no next one");
    }
    this.blocks = blocks;
    this.random = random;
    this.repeating = repetition == Job.Repetition.ALLOWED;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(blocks - 1));
    this.halfBits = (bits + 1) / 2;
    this.halfMask = (1L << halfBits) - 1;
    this.state = seed;
    newPass();
  }

  /** The next block's number; a new pass begins by itself. */
  public long next() {
    if (random && repeating) {
      return Math.floorMod(mixed(), blocks);
    }
    if (next == blocks) {
      newPass();
    }
    long block = next++;
    return random ? permuted(block) : block;
  }

  /** A number from 0 to 99 from the same source, to decide between reading and writing. */
  public int percent() {
    return (int) Math.floorMod(mixed(), 100L);
  }

  private void newPass() {
    next = 0;
    for (int i = 0; i < ROUNDS; i++) {
      keys[i] = mixed();
    }
  }

  private long permuted(long block) {
    long value = block;
    do {
      long left = value >>> halfBits;
      long right = value & halfMask;
      for (long key : keys) {
        long turned = left ^ (mix(right ^ key) & halfMask);
        left = right;
        right = turned;
      }
      value = left << halfBits | right;
    } while (value >= blocks);
    return value;
  }

  private long mixed() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
