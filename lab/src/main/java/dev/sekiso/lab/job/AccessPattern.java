package dev.sekiso.lab.job;

import java.util.Locale;

/** The direction and order of a job's I/O (fio's {@code rw}). */
public enum AccessPattern {
  READ(true, false, false, false),
  WRITE(false, true, false, false),
  RANDREAD(true, false, false, true),
  RANDWRITE(false, true, false, true),
  /** Sequential reads and writes mixed; {@code readwrite} is another word for it. */
  RW(true, true, false, false),
  RANDRW(true, true, false, true),
  /** Blocks of a device are discarded. */
  TRIM(false, false, true, false),
  RANDTRIM(false, false, true, true),
  /** Each block is discarded, then written. */
  TRIMWRITE(false, true, true, false),
  RANDTRIMWRITE(false, true, true, true);

  private final boolean reads;
  private final boolean writes;
  private final boolean trims;
  private final boolean random;

  AccessPattern(boolean reads, boolean writes, boolean trims, boolean random) {
    this.reads = reads;
    this.writes = writes;
    this.trims = trims;
    this.random = random;
  }

  public boolean reads() {
    return reads;
  }

  public boolean writes() {
    return writes;
  }

  /** Whether blocks are discarded, which only devices can. */
  public boolean trims() {
    return trims;
  }

  /** Whether reads and writes both occur, in the proportion of {@code rwmixread}. */
  public boolean isMixed() {
    return reads && writes;
  }

  public boolean isRandom() {
    return random;
  }

  /** The word in a job file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
