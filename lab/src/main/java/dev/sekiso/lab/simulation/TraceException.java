package dev.sekiso.lab.simulation;

import java.io.IOException;

/** A file is no trace of the format it should be; the message names the file and the place. */
public final class TraceException extends IOException {

  private static final long serialVersionUID = 1;

  TraceException(String message) {
    super(message);
  }
}
