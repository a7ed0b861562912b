package dev.sekiso.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One run of the command in this JVM: its exit code and what it printed. */
record Run(int code, byte[] bytes, String err) {

  static Run of(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new));
    return new Run(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }

  /** A run that has to end well. */
  static Run ok(Object... arguments) {
    Run run = of(arguments);
    if (run.code != 0) {
      throw new AssertionError(Arrays.toString(arguments) + " ended with " + run);
    }
    return run;
  }

  String out() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "exit code " + code + ", out: " + out() + ", err: " + err;
  }
}
