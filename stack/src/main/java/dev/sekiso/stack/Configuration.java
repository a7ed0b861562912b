package dev.sekiso.stack;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values in the order they were said, each with the place that said it; a later one wins
 * over an earlier. What the keys mean, {@link StackSettings} knows.
 *
 * <p>A configuration file is UTF-8 text, one {@code key = value} a line. A line that begins with
 * {@code #} or {@code ;} is a comment. {@code [section]} puts {@code section.} before the keys that
 * follow, {@code []} ends that. A value runs to the end of the line, without the blanks around it.
 *
 * <pre>{@code
 * profile = linux-6.18
 * memory = 256m
 * scheduler = mq-deadline?read_expire=250
 *
 * [vm]
 * dirty_background_ratio = 5
 *
 * [device]
 * sda = volatile-cache(file:disk.img)
 *
 * [layer]
 * pagecache = pass-through
 * }</pre>
 */
final class Configuration {

  /**
   * @param place who said it: {@code "disk.conf:12"}, {@code "option"}
   */
  record Entry(String key, String value, String place) {}

  private final List<Entry> entries;

  private Configuration(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  static Configuration of(List<Entry> entries) {
    return new Configuration(entries);
  }

  List<Entry> entries() {
    return entries;
  }

  static Configuration read(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigurationException(
          file + " is a directory; name a configuration file, with a line 'key = value' a key");
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          "there is no configuration file "
              + file
              + " (seen from "
              + Path.of("").toAbsolutePath()
              + ")",
          e);
    } catch (MalformedInputException e) {
      throw new ConfigurationException("the configuration file " + file + " is not UTF-8", e);
    } catch (IOException e) {
      throw new ConfigurationException(
          "the configuration file " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  static Configuration parse(String source, String text) {
    List<Entry> entries = new ArrayList<>();
    String prefix = "";
    int number = 0;
    for (String raw : text.lines().toList()) {
      number++;
      String line = raw.strip();
      String place = source + ":" + number;
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      if (line.startsWith("[")) {
        if (!line.endsWith("]")) {
          throw new ConfigurationException(
              place + ": a section is written [name], this line has no ']': " + line);
        }
        String section = line.substring(1, line.length() - 1).strip();
        prefix = section.isEmpty() ? "" : section + ".";
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new ConfigurationException(
            place + ": expected 'key = value', '[section]' or a '# comment', found: " + line);
      }
      String key = prefix + line.substring(0, equals).strip();
      entries.add(new Entry(key, line.substring(equals + 1).strip(), place));
    }
    return new Configuration(entries);
  }
}
