package dev.sekiso.stack;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recursive descent over {@link Selection}'s grammar. One use. */
final class SelectionParser {

  /** Nesting deeper than any sensible device: the parser's stack stays small on hostile input. */
  private static final int DEEPEST = 32;

  private static final String SPECIAL = "%?&,()";

  private final String text;
  private int at;
  private int depth;

  SelectionParser(String text) {
    this.text = text;
  }

  Selection parse() {
    Selection selection = selection();
    if (at < text.length()) {
      throw error("expected the end of the text");
    }
    return selection;
  }

  private Selection selection() {
    String name = word("a name");
    String argument = "";
    List<Selection> inner = List.of();
    if (take(':')) {
      argument = value("?");
      if (argument.isEmpty()) {
        throw error("expected what '" + name + ":' is given, such as a size or a path");
      }
    } else if (take('(')) {
      inner = inner(name);
    }
    return new Selection(name, argument, inner, take('?') ? parameters() : Map.of());
  }

  private List<Selection> inner(String name) {
    int open = at;
    if (++depth > DEEPEST) {
      throw error("nested more than " + DEEPEST + " deep");
    }
    List<Selection> inner = new ArrayList<>();
    do {
      inner.add(selection());
    } while (take(','));
    if (!take(')')) {
      throw error("expected ')' to close '" + name + "(' opened at column " + open);
    }
    depth--;
    return inner;
  }

  private Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    do {
      int start = at;
      String key = word("a parameter's name");
      if (!take('=')) {
        throw error("expected '=' and a value for '" + key + "'");
      }
      if (parameters.put(key, value("&")) != null) {
        at = start;
        throw error("'" + key + "' is given twice");
      }
    } while (take('&'));
    return parameters;
  }

  private String word(String what) {
    int start = at;
    while (at < text.length() && isWord(text.charAt(at), at > start)) {
      at++;
    }
    if (at == start) {
      throw error("expected " + what);
    }
    return text.substring(start, at);
  }

  private static boolean isWord(char c, boolean inside) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || (inside && (c == '-' || c == '_' || c == '.'));
  }

  private String value(String ends) {
    StringBuilder value = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at);
      if (ends.indexOf(c) >= 0 || (depth > 0 && (c == ',' || c == ')'))) {
        break;
      }
      if (c == '%') {
        value.append(escaped());
      } else {
        value.append(c);
        at++;
      }
    }
    return value.toString();
  }

  /** A run of %XX: together they are UTF-8. */
  private String escaped() {
    int start = at;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (at < text.length() && text.charAt(at) == '%') {
      int high = at + 1 < text.length() ? Character.digit(text.charAt(at + 1), 16) : -1;
      int low = at + 2 < text.length() ? Character.digit(text.charAt(at + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw error("expected two hexadecimal digits after '%' ('%' itself is written %25)");
      }
      bytes.write(high << 4 | low);
      at += 3;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      at = start;
      throw error("the bytes written as %XX are not UTF-8");
    }
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private ConfigurationException error(String what) {
    String found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new ConfigurationException(
        "'" + text + "', column " + (at + 1) + ": " + what + ", found " + found);
  }

  static String escape(String value) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (SPECIAL.indexOf(c) >= 0) {
        escaped.append('%').append(String.format("%02X", (int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
