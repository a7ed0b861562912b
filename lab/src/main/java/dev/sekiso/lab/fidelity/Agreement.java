package dev.sekiso.lab.fidelity;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;

/** How often ours was the kernel's, by {@link Aspect}. Belongs to one task. */
public final class Agreement {

  private final long[] agreeing = new long[Aspect.values().length];
  private final long[] compared = new long[Aspect.values().length];

  /** One comparison. */
  public void count(Aspect aspect, boolean agrees) {
    compared[aspect.ordinal()]++;
    if (agrees) {
      agreeing[aspect.ordinal()]++;
    }
  }

  /** Adds what another counted. */
  public void add(Agreement other) {
    Arrays.setAll(agreeing, i -> agreeing[i] + other.agreeing[i]);
    Arrays.setAll(compared, i -> compared[i] + other.compared[i]);
  }

  public long agreeing(Aspect aspect) {
    return agreeing[aspect.ordinal()];
  }

  public long compared(Aspect aspect) {
    return compared[aspect.ordinal()];
  }

  /** All aspects together. */
  public long agreeing() {
    return Arrays.stream(agreeing).sum();
  }

  /** All aspects together. */
  public long compared() {
    return Arrays.stream(compared).sum();
  }

  /** Per cent with two decimals, never rounded up: 99.99 unless everything agrees. */
  public static BigDecimal percent(long agreeing, long compared) {
    return BigDecimal.valueOf(agreeing)
        .multiply(BigDecimal.valueOf(100))
        .divide(BigDecimal.valueOf(compared), 2, RoundingMode.FLOOR);
  }
}
