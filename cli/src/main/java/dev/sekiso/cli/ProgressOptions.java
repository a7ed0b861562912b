package dev.sekiso.cli;

import picocli.CommandLine.Option;

/** Whether a command shows how far it has come. */
final class ProgressOptions {

  /** When progress is shown. */
  enum When {
    /** When the error stream is a terminal. */
    auto,
    always,
    never
  }

  @Option(
      names = "--progress",
      paramLabel = "WHEN",
      description =
          "Show how far it has come, on the error stream: ${COMPLETION-CANDIDATES}; by default"
              + " when that is a terminal.")
  private When when = When.auto;

  /** Shows progress until closed; of nothing if it is not to be shown. */
  ProgressLine start(Main main, String task) {
    boolean shown =
        when == When.always || (when == When.auto && ProgressLine.terminalColumns() > 0);
    return shown ? ProgressLine.on(main.err(), task) : ProgressLine.NONE;
  }
}
