package dev.sekiso.filesystems.ext2;

/**
 * A file system mounted with {@code errors=panic} has found itself corrupt. Linux stops the
 * machine; a library ends the task, with an error that nothing handles by mistake.
 */
public final class FileSystemPanic extends Error {

  private static final long serialVersionUID = 1L;

  FileSystemPanic(String message) {
    super(message + " (mounted with errors=panic)");
  }
}
