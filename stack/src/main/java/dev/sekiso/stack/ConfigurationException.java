package dev.sekiso.stack;

/**
 * The stack was asked for something that does not exist or cannot be: an unknown name or key, a
 * value out of range, a malformed device address. The message names the place (file and line,
 * column, key) and what to write instead.
 */
public final class ConfigurationException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  public ConfigurationException(String message) {
    super(message);
  }

  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
