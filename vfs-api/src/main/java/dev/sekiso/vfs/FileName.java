package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One component of a path: 1 to 255 bytes without '/' and NUL, as Linux has them.
 *
 * <p>Names are bytes, not characters. {@link #toString} shows UTF-8; a byte that is not part of
 * valid UTF-8 appears as the lone surrogate U+DC80 to U+DCFF whose low eight bits it is, and {@link
 * #of(String)} turns such surrogates back, so every name survives the way through a String.
 */
public final class FileName implements Comparable<FileName> {

  /** Longest name in bytes (NAME_MAX). */
  public static final int MAXIMUM_LENGTH = 255;

  public static final FileName DOT = new FileName(new byte[] {'.'});
  public static final FileName DOT_DOT = new FileName(new byte[] {'.', '.'});

  private final byte[] bytes;
  private final int hash;

  private FileName(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /**
   * A name of these bytes.
   *
   * @throws ErrnoException ENAMETOOLONG over 255 bytes; ENOENT when empty; EINVAL with '/' or NUL
   */
  public static FileName of(byte[] name) throws ErrnoException {
    if (name.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "a file name must not be empty");
    }
    if (name.length > MAXIMUM_LENGTH) {
      throw new ErrnoException(
          Errno.ENAMETOOLONG, "a file name has at most 255 bytes, this one has " + name.length);
    }
    for (byte b : name) {
      if (b == '/' || b == 0) {
        throw new ErrnoException(
            Errno.EINVAL, "a file name holds neither '/' nor NUL: " + decode(name));
      }
    }
    return new FileName(name.clone());
  }

  /** One component of a path already known to hold neither NUL nor, within the range, '/'. */
  static FileName ofComponent(byte[] path, int from, int to) throws ErrnoException {
    if (to - from > MAXIMUM_LENGTH) {
      throw new ErrnoException(
          Errno.ENAMETOOLONG,
          "a file name has at most 255 bytes, one in the path has " + (to - from));
    }
    return new FileName(Arrays.copyOfRange(path, from, to));
  }

  /** As {@link #of(byte[])}, from UTF-8 with surrogates standing for other bytes. */
  public static FileName of(String name) throws ErrnoException {
    return of(encode(name));
  }

  /** The bytes; a copy. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Length in bytes. */
  public int length() {
    return bytes.length;
  }

  public byte byteAt(int i) {
    return bytes[i];
  }

  boolean isDot() {
    return bytes.length == 1 && bytes[0] == '.';
  }

  boolean isDotDot() {
    return bytes.length == 2 && bytes[0] == '.' && bytes[1] == '.';
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FileName that && hash == that.hash && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Orders by unsigned bytes. */
  @Override
  public int compareTo(FileName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public String toString() {
    return decode(bytes);
  }

  /** Turns bytes into a String that {@link #encode} turns back exactly. */
  public static String decode(byte[] name) {
    String text = new String(name, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') < 0) {
      return text;
    }
    return SurrogateEscape.decode(name);
  }

  /** The inverse of {@link #decode}. */
  public static byte[] encode(String name) {
    return SurrogateEscape.encode(name);
  }
}
