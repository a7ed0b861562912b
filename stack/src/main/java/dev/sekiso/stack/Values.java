package dev.sekiso.stack;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Checked values of a list of settings: every key is known and every value in range, so that
 * reading one cannot fail but for a programming error. Immutable.
 */
public final class Values {

  private final Map<String, Setting> settings;
  private final Map<String, String> texts;

  private Values(Map<String, Setting> settings, Map<String, String> texts) {
    this.settings = settings;
    this.texts = texts;
  }

  /**
   * Checks the values against the settings.
   *
   * @param owner whose settings they are, for messages: {@code "the device ram"}
   * @throws ConfigurationException for an unknown key (naming the nearest) or a wrong value
   */
  public static Values of(String owner, List<Setting> settings, Map<String, String> texts) {
    Map<String, Setting> byName =
        settings.stream()
            .collect(
                Collectors.toMap(
                    Setting::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    texts.forEach((key, value) -> {
      Setting setting = byName.get(key);
      if (setting == null) {
        throw unknown(owner, key, byName.keySet());
      }
      try {
        setting.check(value);
      } catch (ConfigurationException e) {
        throw new ConfigurationException(owner + ": " + e.getMessage(), e);
      }
    });
    return new Values(byName, Map.copyOf(texts));
  }

  private static ConfigurationException unknown(
      String owner, String key, Collection<String> known) {
    return new ConfigurationException(
        owner
            + " has no parameter '"
            + key
            + "'"
            + Nearest.hint(key, known)
            + (known.isEmpty() ? "; it takes none" : "; it takes " + Nearest.list(known)));
  }

  /** Whether there is a setting of that name. */
  boolean isKey(String key) {
    return settings.containsKey(key);
  }

  /** Whether the key has a value of its own, not the default. */
  public boolean isSet(String key) {
    setting(key);
    return texts.containsKey(key);
  }

  /** The value as written, or the default. */
  public String text(String key) {
    Setting setting = setting(key);
    return texts.getOrDefault(key, setting.defaultValue());
  }

  /** An integer, a size in bytes, or a duration in nanoseconds. */
  public long number(String key) {
    return setting(key).number(text(key));
  }

  public int integer(String key) {
    return Math.toIntExact(number(key));
  }

  public double decimal(String key) {
    return setting(key).decimal(text(key));
  }

  public boolean isOn(String key) {
    return setting(key).isOn(text(key));
  }

  private Setting setting(String key) {
    Setting setting = settings.get(key);
    if (setting == null) {
      throw new IllegalArgumentException(
          "no setting '" + key + "' was declared; declared are " + settings.keySet());
    }
    return setting;
  }
}
