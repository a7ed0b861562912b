package dev.sekiso.cli;

import dev.sekiso.vfs.FileName;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Names of the host's files and those of an image, byte for byte.
 *
 * <p>Both are bytes. An image's are written as {@link FileName} writes them, in which nothing is
 * lost; a {@link Path}'s string is in the encoding of the locale, in which some names have no
 * string at all. What is not plain ASCII therefore goes through the path's URI, which has its
 * bytes.
 */
final class HostNames {

  private HostNames() {}

  /** The last component of a path, as names of an image are written; empty for a root. */
  static String name(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    if (name == null) {
      return "";
    }
    return isAscii(name.toString()) ? name.toString() : lastComponent(path.toAbsolutePath());
  }

  /** A file in a folder by a name that an image has. */
  static Path child(Path folder, String name) {
    return isAscii(name) ? folder.resolve(name) : folder.resolve(absolute(name).getFileName());
  }

  /** What a symbolic link of the host says, as links of an image are written. */
  static String target(Path said) {
    String text = said.toString();
    if (isAscii(text)) {
      return text;
    }
    StringBuilder target = new StringBuilder(said.isAbsolute() ? "/" : "");
    for (int i = 0; i < said.getNameCount(); i++) {
      target.append(i == 0 ? "" : "/").append(lastComponent(Path.of("/").resolve(said.getName(i))));
    }
    return target.toString();
  }

  /** What a symbolic link of an image says, for one of the host. */
  static Path target(String said) {
    if (isAscii(said)) {
      return Path.of(said);
    }
    Path absolute = absolute(said);
    return said.startsWith("/") ? absolute : absolute.subpath(0, absolute.getNameCount());
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static Path absolute(String path) {
    StringBuilder uri = new StringBuilder("file:///");
    for (byte b : FileName.encode(path)) {
      if (b == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(HexFormat.of().toHexDigits(b));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static String lastComponent(Path absolute) {
    String uri = absolute.toUri().getRawPath();
    String component = uri.replaceFirst("/$", "").replaceFirst(".*/", "");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < component.length(); i++) {
      if (component.charAt(i) == '%') {
        bytes.write(HexFormat.fromHexDigits(component, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(component.charAt(i));
      }
    }
    return FileName.decode(bytes.toByteArray());
  }
}
