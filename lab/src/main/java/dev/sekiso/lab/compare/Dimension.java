package dev.sekiso.lab.compare;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * A key of the stack's configuration and the values to compare.
 *
 * @param key as {@link dev.sekiso.stack.StorageStack.Builder#set} takes it
 * @param values at least one, all different
 */
public record Dimension(String key, List<String> values) {

  public Dimension {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a dimension has at least one value, " + key + " none");
    }
    if (new HashSet<>(values).size() < values.size()) {
      throw new IllegalArgumentException(key + " has a value twice: " + String.join(",", values));
    }
  }

  /**
   * Values with commas between them, as {@code none,mq-deadline}; a comma within parentheses
   * belongs to a value, as in {@code mirror(ram:1g,ram:1g)}.
   *
   * @throws IllegalArgumentException when a value is empty or there twice
   */
  public static Dimension parse(String key, String text) {
    List<String> values = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      char character = i == text.length() ? ',' : text.charAt(i);
      if (character == '(') {
        depth++;
      } else if (character == ')') {
        depth--;
      } else if (character == ',' && (depth <= 0 || i == text.length())) {
        values.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    if (values.size() > 1 && values.contains("")) {
      throw new IllegalArgumentException(
          key + " has an empty value: '" + text + "'; take out the comma that is too much");
    }
    return new Dimension(key, values);
  }

  /** Whether there is more than one value, so that rows differ in it. */
  public boolean varies() {
    return values.size() > 1;
  }

  /** The key for people: {@code device} for {@code device.sda}, {@code pagecache} for a layer. */
  public String title() {
    if (key.equals("device.sda")) {
      return "device";
    }
    return key.startsWith("layer.") ? key.substring("layer.".length()) : key;
  }
}
