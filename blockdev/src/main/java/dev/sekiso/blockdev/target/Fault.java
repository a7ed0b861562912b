package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.machine.Errno;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Something that goes wrong with bios on a {@link FaultyDevice}. Made from one of the factories and
 * narrowed down:
 *
 * <pre>{@code
 * device.inject(Fault.error(Errno.EIO).on(BioOperation.WRITE).within(0, 8).after(2).times(1));
 * }</pre>
 *
 * @param effect what happens
 * @param errno the error, of {@link Effect#ERROR}
 * @param operations which operations it strikes
 * @param firstSector first sector it strikes; bios that touch the range are struck
 * @param endSector sector after the last it strikes
 * @param skip bios that would be struck but are let through first
 * @param limit bios struck before it is over
 * @param upNanos time between strikes, as {@code dm-flakey}'s up interval; 0 for no such pattern
 * @param downNanos time during which it strikes after each up interval
 * @param chance probability of a strike, 0 to 1
 */
public record Fault(
    Effect effect,
    Errno errno,
    Set<BioOperation> operations,
    long firstSector,
    long endSector,
    long skip,
    long limit,
    long upNanos,
    long downNanos,
    double chance) {

  /** What happens to a bio that is struck. */
  public enum Effect {
    /** It fails, and nothing is read or written. */
    ERROR,
    /**
     * It succeeds, and nothing is written ({@code dm-flakey drop_writes}); reads are let through.
     */
    DROP,
    /** It is read or written, and fails all the same. */
    ERROR_AFTER
  }

  public Fault {
    Objects.requireNonNull(effect, "effect");
    operations = Set.copyOf(operations);
    if (effect != Effect.DROP) {
      Objects.requireNonNull(errno, "errno");
    }
    if (firstSector < 0 || endSector <= firstSector) {
      throw new IllegalArgumentException(
          "sectors " + firstSector + " to " + endSector + " are no range");
    }
    if (skip < 0 || limit < 1 || upNanos < 0 || downNanos < 0 || chance < 0 || chance > 1) {
      throw new IllegalArgumentException(
          "a fault skips 0 or more bios, strikes at least one, with a chance of 0 to 1");
    }
  }

  private static Fault everywhere(Effect effect, Errno errno) {
    return new Fault(
        effect,
        errno,
        EnumSet.allOf(BioOperation.class),
        0,
        Long.MAX_VALUE,
        0,
        Long.MAX_VALUE,
        0,
        0,
        1);
  }

  /** Every bio fails with the error, untouched. */
  public static Fault error(Errno errno) {
    return everywhere(Effect.ERROR, errno);
  }

  /** Every bio is carried out and fails with the error nevertheless. */
  public static Fault errorAfter(Errno errno) {
    return everywhere(Effect.ERROR_AFTER, errno);
  }

  /** Writes succeed and go nowhere. */
  public static Fault dropWrites() {
    return everywhere(Effect.DROP, null)
        .on(BioOperation.WRITE, BioOperation.WRITE_ZEROES, BioOperation.DISCARD);
  }

  /** Strikes only these operations. */
  public Fault on(BioOperation first, BioOperation... more) {
    return new Fault(
        effect,
        errno,
        EnumSet.of(first, more),
        firstSector,
        endSector,
        skip,
        limit,
        upNanos,
        downNanos,
        chance);
  }

  /** Strikes only bios that touch the range; a flush touches none. */
  public Fault within(long first, long end) {
    return new Fault(
        effect, errno, operations, first, end, skip, limit, upNanos, downNanos, chance);
  }

  /** Lets so many bios through first. */
  public Fault after(long bios) {
    return new Fault(
        effect, errno, operations, firstSector, endSector, bios, limit, upNanos, downNanos, chance);
  }

  /** Strikes so many bios and is over. */
  public Fault times(long bios) {
    return new Fault(
        effect, errno, operations, firstSector, endSector, skip, bios, upNanos, downNanos, chance);
  }

  /** Strikes only during the second part of each period ({@code dm-flakey}). */
  public Fault flaky(long up, long down) {
    if (down <= 0) {
      throw new IllegalArgumentException("a device that is down for " + down + " ns never is");
    }
    return new Fault(
        effect, errno, operations, firstSector, endSector, skip, limit, up, down, chance);
  }

  /** Strikes each bio with a probability. */
  public Fault withChance(double probability) {
    return new Fault(
        effect,
        errno,
        operations,
        firstSector,
        endSector,
        skip,
        limit,
        upNanos,
        downNanos,
        probability);
  }

  /** Whether it is about such a bio at such a time; counting and chance apart. */
  boolean concerns(Bio bio, long nanos) {
    if (!operations.contains(bio.operation())) {
      return false;
    }
    boolean placed = bio.byteCount() > 0;
    if (placed
        ? bio.endSector() <= firstSector || bio.sector() >= endSector
        : firstSector > 0 || endSector < Long.MAX_VALUE) {
      return false;
    }
    if (effect == Effect.DROP && bio.operation() == BioOperation.READ) {
      return false;
    }
    return downNanos == 0 || Math.floorMod(nanos, upNanos + downNanos) >= upNanos;
  }
}
