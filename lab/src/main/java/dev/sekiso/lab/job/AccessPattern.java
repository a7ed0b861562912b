package dev.sekiso.lab.job;

import java.util.Locale;

/** The direction and order of a job's I/O (fio's {@code rw}). */
public enum AccessPattern {
  READ(true, false, false),
  WRITE(false, true, false),
  RANDREAD(true, false, true),
  RANDWRITE(false, true, true),
  /** Sequential reads and writes mixed; {@code readwrite} is another word for it. */
  RW(true, true, false),
  RANDRW(true, true, true);

  private final boolean reads;
  private final boolean writes;
  private final boolean random;

  AccessPattern(boolean reads, boolean writes, boolean random) {
    this.reads = reads;
    this.writes = writes;
    this.random = random;
  }

  public boolean reads() {
    return reads;
  }

  public boolean writes() {
    return writes;
  }

  /** Whether both directions occur, in the proportion of {@code rwmixread}. */
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
