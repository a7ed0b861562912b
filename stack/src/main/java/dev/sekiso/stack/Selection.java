package dev.sekiso.stack;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A name with what it is given: how devices are addressed and policies chosen.
 *
 * <pre>{@code
 * selection  = name [ ":" argument | "(" selection { "," selection } ")" ] [ "?" parameters ]
 * parameters = key "=" value { "&" key "=" value }
 * name, key  = letter or digit, then letters, digits, "-", "_", "."
 * }</pre>
 *
 * <p>Examples: {@code ram:64m}, {@code file:disk.img?create=1g&durable=true}, {@code
 * volatile-cache(file:disk.img)?seed=7}, {@code mq-deadline?read_expire=250}.
 *
 * <p>An argument or value runs to the next character that has a meaning there: {@code ?} after an
 * argument, {@code &} after a value, and inside parentheses also {@code ,} and {@code )}. Any
 * character may be written {@code %XX} (its UTF-8 bytes in hexadecimal), so that every file name
 * can be said; {@code %} itself is {@code %25}.
 *
 * @param name what is chosen
 * @param argument the text behind the colon, decoded; empty when there is none
 * @param inner the selections in parentheses
 * @param parameters keys and decoded values, in the order written
 */
public record Selection(
    String name, String argument, List<Selection> inner, Map<String, String> parameters) {

  public Selection {
    inner = List.copyOf(inner);
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** A name alone. */
  public static Selection of(String name) {
    return new Selection(name, "", List.of(), Map.of());
  }

  /**
   * Parses a selection.
   *
   * @throws ConfigurationException naming the column at which the text stops making sense
   */
  public static Selection parse(String text) {
    return new SelectionParser(text).parse();
  }

  /** The same with another parameter, replacing one of that name. */
  public Selection with(String key, String value) {
    Map<String, String> changed = new LinkedHashMap<>(parameters);
    changed.put(key, value);
    return new Selection(name, argument, inner, changed);
  }

  /** The same without a parameter. */
  Selection without(String key) {
    Map<String, String> changed = new LinkedHashMap<>(parameters);
    changed.remove(key);
    return new Selection(name, argument, inner, changed);
  }

  /** All names in it, outermost first. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(name);
    inner.forEach(selection -> names.addAll(selection.names()));
    return names;
  }

  /** The text that parses to this selection. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    if (!inner.isEmpty()) {
      text.append(
          inner.stream().map(Selection::toString).collect(Collectors.joining(",", "(", ")")));
    } else if (!argument.isEmpty()) {
      text.append(':').append(SelectionParser.escape(argument));
    }
    char separator = '?';
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      text.append(separator)
          .append(parameter.getKey())
          .append('=')
          .append(SelectionParser.escape(parameter.getValue()));
      separator = '&';
    }
    return text.toString();
  }
}
