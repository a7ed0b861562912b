package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/**
 * What may follow {@code mount -t ext2 -o}.
 *
 * @param superBlock place of the super block in units of 1 KiB, to use a backup ({@code sb=})
 * @param onErrors what a corruption found while mounted leads to ({@code errors=})
 * @param reservedUid who may use the reserved blocks besides the super user ({@code resuid=})
 * @param reservedGid whose group may, unless 0 ({@code resgid=})
 * @param groups whose group a new file gets ({@code grpid}, {@code nogrpid})
 * @param counting what {@code statfs} calls the size ({@code bsddf}, {@code minixdf})
 * @param reservation whether files reserve windows of blocks ({@code reservation})
 * @param ids how many bits owners have on disk ({@code nouid32})
 */
record MountOptions(
    long superBlock,
    OnErrors onErrors,
    int reservedUid,
    int reservedGid,
    Groups groups,
    Counting counting,
    Reservation reservation,
    Ids ids) {

  /** What a corruption found while mounted leads to. */
  enum OnErrors {
    CONTINUE,
    REMOUNT_READ_ONLY,
    PANIC;

    /** As the super block has it; an unknown number means to continue. */
    static OnErrors ofNumber(int number) {
      return switch (number) {
        case 2 -> REMOUNT_READ_ONLY;
        case 3 -> PANIC;
        default -> CONTINUE;
      };
    }
  }

  /** Whose group a new file gets. */
  enum Groups {
    /** The creator's, or the directory's if that has the set-group-ID bit (System V). */
    CREATOR,
    /** Always the directory's (BSD). */
    DIRECTORY
  }

  /** What {@code statfs} calls the size. */
  enum Counting {
    /** Without the blocks that the file system itself takes. */
    WITHOUT_OVERHEAD,
    /** All blocks. */
    ALL
  }

  /** Whether files reserve windows of blocks. */
  enum Reservation {
    ON,
    OFF
  }

  /** How many bits owners have on disk. */
  enum Ids {
    BITS_32,
    BITS_16
  }

  private static final String KNOWN =
      "bsddf, minixdf, grpid, bsdgroups, nogrpid, sysvgroups, resuid=N, resgid=N, sb=N,"
          + " errors=continue|remount-ro|panic, nouid32, nocheck, check=none, debug, reservation,"
          + " noreservation, nobh, oldalloc, orlov, user_xattr, nouser_xattr, acl, noacl";

  /** What a super block says when no option says otherwise. */
  static MountOptions defaults(RawSuperBlock raw) {
    long bits = raw.defaultMountOptions();
    return new MountOptions(
        1,
        OnErrors.ofNumber(raw.errors()),
        raw.defaultReservedUid(),
        raw.defaultReservedGid(),
        (bits & 0x2) != 0 ? Groups.DIRECTORY : Groups.CREATOR,
        Counting.WITHOUT_OVERHEAD,
        Reservation.ON,
        (bits & 0x10) != 0 ? Ids.BITS_16 : Ids.BITS_32);
  }

  /** Where to look for the super block: needed before it can be read. */
  static long superBlockOf(String options) throws ErrnoException {
    long place = 1;
    for (String option : split(options)) {
      if (option.startsWith("sb=")) {
        place = number("sb", option.substring(3), Integer.MAX_VALUE);
      }
    }
    return place;
  }

  private static String[] split(String options) {
    return options.isEmpty() ? new String[0] : options.split(",", -1);
  }

  /**
   * Applies options, later ones over earlier ones.
   *
   * @throws ErrnoException EINVAL for an option that is unknown or has a bad value
   */
  MountOptions with(String options) throws ErrnoException {
    MountOptions result = this;
    for (String option : split(options)) {
      result = result.withOne(option);
    }
    return result;
  }

  private MountOptions withOne(String option) throws ErrnoException {
    int equals = option.indexOf('=');
    String value = equals < 0 ? "" : option.substring(equals + 1);
    switch (equals < 0 ? option : option.substring(0, equals + 1)) {
      case "sb=":
        return new MountOptions(
            number("sb", value, Integer.MAX_VALUE),
            onErrors,
            reservedUid,
            reservedGid,
            groups,
            counting,
            reservation,
            ids);
      case "errors=":
        return new MountOptions(
            superBlock,
            errors(value),
            reservedUid,
            reservedGid,
            groups,
            counting,
            reservation,
            ids);
      case "resuid=":
        return new MountOptions(
            superBlock,
            onErrors,
            (int) number("resuid", value, 0xFFFF_FFFEL),
            reservedGid,
            groups,
            counting,
            reservation,
            ids);
      case "resgid=":
        return new MountOptions(
            superBlock,
            onErrors,
            reservedUid,
            (int) number("resgid", value, 0xFFFF_FFFEL),
            groups,
            counting,
            reservation,
            ids);
      case "grpid", "bsdgroups":
        return with(Groups.DIRECTORY);
      case "nogrpid", "sysvgroups":
        return with(Groups.CREATOR);
      case "bsddf":
        return with(Counting.WITHOUT_OVERHEAD);
      case "minixdf":
        return with(Counting.ALL);
      case "reservation":
        return with(Reservation.ON);
      case "noreservation":
        return with(Reservation.OFF);
      case "nouid32":
        return new MountOptions(
            superBlock,
            onErrors,
            reservedUid,
            reservedGid,
            groups,
            counting,
            reservation,
            Ids.BITS_16);
      case "check=":
        if (value.equals("none")) {
          return this;
        }
        break;
      case "nocheck",
      "debug",
      "nobh",
      "oldalloc",
      "orlov",
      "user_xattr",
      "nouser_xattr",
      "acl",
      "noacl":
        return this;
      default:
        break;
    }
    throw new ErrnoException(
        Errno.EINVAL, "ext2 does not know the mount option '" + option + "'; it knows " + KNOWN);
  }

  private MountOptions with(Groups value) {
    return new MountOptions(
        superBlock, onErrors, reservedUid, reservedGid, value, counting, reservation, ids);
  }

  private MountOptions with(Counting value) {
    return new MountOptions(
        superBlock, onErrors, reservedUid, reservedGid, groups, value, reservation, ids);
  }

  private MountOptions with(Reservation value) {
    return new MountOptions(
        superBlock, onErrors, reservedUid, reservedGid, groups, counting, value, ids);
  }

  private static OnErrors errors(String value) throws ErrnoException {
    return switch (value) {
      case "continue" -> OnErrors.CONTINUE;
      case "remount-ro" -> OnErrors.REMOUNT_READ_ONLY;
      case "panic" -> OnErrors.PANIC;
      default ->
          throw new ErrnoException(
              Errno.EINVAL, "errors=" + value + ": must be continue, remount-ro or panic");
    };
  }

  private static long number(String option, String value, long maximum) throws ErrnoException {
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && number <= maximum) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below with the range.
    }
    throw new ErrnoException(
        Errno.EINVAL, "%s=%s: must be a number from 0 to %d".formatted(option, value, maximum));
  }
}
