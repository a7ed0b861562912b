package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.PageCache;
import java.util.Locale;

/**
 * What may follow {@code mount -t ramfs -o}. Linux's ramfs knows {@code mode}; the others are those
 * of its tmpfs.
 *
 * @param pages most pages of data, {@link Long#MAX_VALUE} for no limit ({@code size=})
 * @param inodes most inodes, {@link Long#MAX_VALUE} for no limit ({@code nr_inodes=})
 * @param mode permissions of the root
 * @param uid owner of the root
 * @param gid group of the root
 */
record RamOptions(long pages, long inodes, int mode, int uid, int gid) {

  private static final RamOptions DEFAULT =
      new RamOptions(Long.MAX_VALUE, Long.MAX_VALUE, 0755, 0, 0);

  /**
   * @throws ErrnoException EINVAL for an option that is unknown or has a bad value
   */
  static RamOptions parse(String options) throws ErrnoException {
    RamOptions result = DEFAULT;
    for (String option : options.isEmpty() ? new String[0] : options.split(",", -1)) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      result = result.with(name, equals < 0 ? "" : option.substring(equals + 1));
    }
    return result;
  }

  private RamOptions with(String name, String value) throws ErrnoException {
    return switch (name) {
      case "size" -> {
        long bytes = number(name, value, Long.MAX_VALUE - PageCache.PAGE_SIZE);
        long limit = (bytes + PageCache.PAGE_SIZE - 1) >> PageCache.PAGE_SHIFT;
        yield new RamOptions(limit == 0 ? Long.MAX_VALUE : limit, inodes, mode, uid, gid);
      }
      case "nr_inodes" -> {
        long limit = number(name, value, Long.MAX_VALUE);
        yield new RamOptions(pages, limit == 0 ? Long.MAX_VALUE : limit, mode, uid, gid);
      }
      case "mode" -> new RamOptions(pages, inodes, octal(value), uid, gid);
      case "uid" ->
          new RamOptions(pages, inodes, mode, (int) number(name, value, 0xFFFF_FFFEL), gid);
      case "gid" ->
          new RamOptions(pages, inodes, mode, uid, (int) number(name, value, 0xFFFF_FFFEL));
      default ->
          throw new ErrnoException(
              Errno.EINVAL,
              "ramfs does not know the mount option '"
                  + name
                  + "'; it knows size=BYTES[k|m|g], nr_inodes=N[k|m|g], mode=OCTAL, uid=N, gid=N");
    };
  }

  private static int octal(String value) throws ErrnoException {
    try {
      int mode = Integer.parseInt(value, 8);
      if (mode >= 0 && mode <= 07777) {
        return mode;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new ErrnoException(Errno.EINVAL, "mode=" + value + ": must be octal, at most 7777");
  }

  private static long number(String name, String value, long maximum) throws ErrnoException {
    String text = value.toLowerCase(Locale.ROOT);
    int shift = 0;
    if (!text.isEmpty()) {
      shift =
          switch (text.charAt(text.length() - 1)) {
            case 'k' -> 10;
            case 'm' -> 20;
            case 'g' -> 30;
            default -> 0;
          };
      text = shift == 0 ? text : text.substring(0, text.length() - 1);
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= maximum >> shift) {
        return number << shift;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new ErrnoException(
        Errno.EINVAL,
        "%s=%s: must be a number from 0 to %d, maybe followed by k, m or g"
            .formatted(name, value, maximum));
  }
}
