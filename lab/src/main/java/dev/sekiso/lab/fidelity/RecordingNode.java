package dev.sekiso.lab.fidelity;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A piece of a recording that knows its place, so that whatever is wrong with it can be found:
 * {@code ra/ra-seq.json: workload.ops[12].len}.
 */
final class RecordingNode {

  private final Path file;
  private final String place;
  private final JsonNode node;

  RecordingNode(Path file, JsonNode root) {
    this(file, "", root);
  }

  private RecordingNode(Path file, String place, JsonNode node) {
    this.file = file;
    this.place = place;
    this.node = node;
  }

  Path file() {
    return file;
  }

  /** The piece as it stands in the file, on one line. */
  String json() {
    return node.toString();
  }

  boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** A part that has to be there. */
  RecordingNode get(String name) throws RecordingException {
    JsonNode part = node.get(name);
    if (part == null || part.isNull()) {
      throw wrong(name, "is missing");
    }
    return new RecordingNode(file, join(name), part);
  }

  /** The elements of a list that has to be there. */
  List<RecordingNode> list(String name) throws RecordingException {
    RecordingNode list = get(name);
    if (!list.node.isArray()) {
      throw wrong(name, "is not a list");
    }
    return list.elements();
  }

  /** The elements of a list, none when it is not there. */
  List<RecordingNode> listIfAny(String name) throws RecordingException {
    return has(name) ? list(name) : List.of();
  }

  /** The elements of this list. */
  List<RecordingNode> elements() {
    List<RecordingNode> elements = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      elements.add(new RecordingNode(file, place + "[" + i + "]", node.get(i)));
    }
    return elements;
  }

  String text(String name) throws RecordingException {
    RecordingNode part = get(name);
    if (part.node.isContainer()) {
      throw wrong(name, "is no text");
    }
    return part.node.asString();
  }

  String text(String name, String otherwise) throws RecordingException {
    return has(name) ? text(name) : otherwise;
  }

  long number(String name) throws RecordingException {
    RecordingNode part = get(name);
    if (part.node.isString() && part.node.asString().matches("-?\\d{1,18}")) {
      return Long.parseLong(part.node.asString());
    }
    if (!part.node.isIntegralNumber() || !part.node.canConvertToLong()) {
      throw wrong(name, "is no whole number but " + part.json());
    }
    return part.node.asLong();
  }

  long number(String name, long otherwise) throws RecordingException {
    return has(name) ? number(name) : otherwise;
  }

  int integer(String name) throws RecordingException {
    long number = number(name);
    if (number != (int) number) {
      throw wrong(name, "does not fit 32 bits: " + number);
    }
    return (int) number;
  }

  boolean isOn(String name) {
    return node.path(name).asBoolean(false);
  }

  /** The element of this list at an index, a whole number. */
  long number(int index) throws RecordingException {
    JsonNode element = node.get(index);
    if (element == null || !element.canConvertToLong()) {
      throw new RecordingException(this + "[" + index + "] is no whole number in " + json());
    }
    return element.asLong();
  }

  /** The element of this list at an index, as text. */
  String text(int index) throws RecordingException {
    JsonNode element = node.get(index);
    if (element == null || element.isContainer()) {
      throw new RecordingException(this + "[" + index + "] is no text in " + json());
    }
    return element.asString();
  }

  /** Words between commas or bars, as flags are written; none for an empty text. */
  List<String> words(String name) throws RecordingException {
    return Arrays.stream(text(name).split("[,|]")).filter(word -> !word.isEmpty()).toList();
  }

  /** What to throw when a part is not as it should be. */
  RecordingException wrong(String name, String what) {
    return new RecordingException(file + ": " + join(name) + " " + what);
  }

  private String join(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  /** The file and the place in it. */
  @Override
  public String toString() {
    return file + ": " + (place.isEmpty() ? "the whole" : place);
  }
}
