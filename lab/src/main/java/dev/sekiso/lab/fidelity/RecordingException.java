package dev.sekiso.lab.fidelity;

/** A recording cannot be read: it names the file, the place in it, and what is wrong there. */
public final class RecordingException extends Exception {

  public RecordingException(String message) {
    super(message);
  }

  public RecordingException(String message, Throwable cause) {
    super(message, cause);
  }
}
