package dev.sekiso.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** Where results go; remembers why that failed, which a {@code PrintStream} does not tell. */
final class ToldOutput extends FileOutputStream {

  /** What Linux and macOS say when who reads has had enough, as {@code head} has. */
  private static final String ENOUGH = "Broken pipe";

  private String reason;

  ToldOutput(FileDescriptor descriptor) {
    super(descriptor);
  }

  /** Why something could not be written; null when all was, or the reader wanted no more. */
  String reason() {
    return reason;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      super.write(bytes, offset, length);
    } catch (IOException e) {
      reason = ENOUGH.equals(e.getMessage()) ? null : e.getMessage();
      throw e;
    }
  }
}
