package dev.sekiso.lab.job;

import java.io.IOException;

/** A job file says something that cannot be done; the message starts with its name and the line. */
public final class JobFileException extends IOException {

  private static final long serialVersionUID = 1L;

  JobFileException(String file, int line, String message) {
    super(file + ":" + line + ": " + message);
  }
}
