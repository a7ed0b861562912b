package dev.sekiso.cli;

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

  static String minutes(Timestamp time) {
    return MINUTES.format(instant(time));
  }

  static String nanos(Timestamp time) {
    return NANOS.format(instant(time));
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.seconds(), time.nanos());
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
