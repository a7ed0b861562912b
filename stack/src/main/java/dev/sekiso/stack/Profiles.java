package dev.sekiso.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Named sets of choices and settings: configuration files among the class's resources, listed in
 * {@code profiles/index}. A profile is data; nothing in a layer knows which one is on.
 */
final class Profiles {

  static final String DEFAULT = "linux-6.18";

  private static final String FOLDER = "profiles/";

  private Profiles() {}

  /** The names, in the order of the index: newest first. */
  static List<String> names() {
    return text("index").lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  static Configuration load(String name) {
    List<String> known = names();
    if (!known.contains(name)) {
      throw new ConfigurationException(
          "there is no profile '"
              + name
              + "'"
              + Nearest.hint(name, known)
              + "; there are: "
              + Nearest.list(known));
    }
    return Configuration.parse("profile " + name, text(name + ".conf"));
  }

  private static String text(String resource) {
    try (InputStream in = Profiles.class.getResourceAsStream(FOLDER + resource)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + FOLDER + resource + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
