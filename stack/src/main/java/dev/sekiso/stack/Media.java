package dev.sekiso.stack;

import java.util.Map;

/**
 * What devices hold when no stack is on them: the contents that outlive a stack, by device name.
 * Devices over files keep theirs in the files; devices in memory hand theirs on through this.
 *
 * <p>Used by one stack at a time. Belongs to no machine.
 */
public final class Media {

  private final Map<String, Object> contents;

  Media(Map<String, Object> contents) {
    this.contents = Map.copyOf(contents);
  }

  /** Nothing: every device in memory starts blank. */
  public static final Media BLANK = new Media(Map.of());

  /** The contents a device of that name left behind, or null. */
  Object contents(String device) {
    return contents.get(device);
  }

  @Override
  public String toString() {
    return "media of " + contents.keySet();
  }
}
