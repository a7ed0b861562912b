package dev.sekiso.cli;

import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Modes and times as {@code ls} and {@code stat} write them; times are UTC. */
final class Texts {

  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter NANOS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int SET_USER_ID = 04000;
  private static final int SET_GROUP_ID = 02000;
  private static final int STICKY = 01000;

  private Texts() {}

  /**
   * A name or a message as it can be shown: control characters and bytes that are no UTF-8 appear
   * as {@code ls -b} writes them, so that no name can play with a terminal or take two lines.
   */
  static String name(String name) {
    if (name.codePoints().noneMatch(Texts::isUnseen)) {
      return name;
    }
    StringBuilder shown = new StringBuilder();
    name.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> shown.append("\\n");
            case '\t' -> shown.append("\\t");
            case '\r' -> shown.append("\\r");
            default -> {
              if (isUnseen(c)) {
                for (byte b : FileName.encode(Character.toString(c))) {
                  shown.append(String.format("\\%03o", b & 0xff));
                }
              } else {
                shown.appendCodePoint(c);
              }
            }
          }
        });
    return shown.toString();
  }

  /** Control characters, and what stands for bytes that are no UTF-8. */
  private static boolean isUnseen(int c) {
    return Character.isISOControl(c) || (c >= 0xDC80 && c <= 0xDCFF);
  }

  static String minutes(Timestamp time) {
    return MINUTES.format(instant(time));
  }

  static String nanos(Timestamp time) {
    return NANOS.format(instant(time));
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.seconds(), time.nanos());
  }

  /** An owner or group, which are numbers from 0 to 4294967295. */
  static long id(int id) {
    return Integer.toUnsignedLong(id);
  }

  /** Ten characters, as {@code drwxr-xr-x}. */
  static String mode(int mode) {
    StringBuilder text = new StringBuilder(10).append(letter(FileType.ofMode(mode)));
    triple(text, mode >> 6, mode & SET_USER_ID, 's');
    triple(text, mode >> 3, mode & SET_GROUP_ID, 's');
    triple(text, mode, mode & STICKY, 't');
    return text.toString();
  }

  private static void triple(StringBuilder text, int bits, int special, char letter) {
    text.append((bits & 4) != 0 ? 'r' : '-').append((bits & 2) != 0 ? 'w' : '-');
    boolean executable = (bits & 1) != 0;
    if (special == 0) {
      text.append(executable ? 'x' : '-');
    } else {
      text.append(executable ? letter : Character.toUpperCase(letter));
    }
  }

  private static char letter(FileType type) {
    return switch (type) {
      case REGULAR -> '-';
      case DIRECTORY -> 'd';
      case SYMBOLIC_LINK -> 'l';
      case FIFO -> 'p';
      case SOCKET -> 's';
      case BLOCK_DEVICE -> 'b';
      case CHARACTER_DEVICE -> 'c';
      case null -> '?';
    };
  }

  static String type(FileType type) {
    return switch (type) {
      case REGULAR -> "regular file";
      case DIRECTORY -> "directory";
      case SYMBOLIC_LINK -> "symbolic link";
      case FIFO -> "fifo";
      case SOCKET -> "socket";
      case BLOCK_DEVICE -> "block device";
      case CHARACTER_DEVICE -> "character device";
      case null -> "unknown";
    };
  }
}
