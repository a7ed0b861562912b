package dev.sekiso.cli;

import dev.sekiso.lab.fidelity.RecordingException;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.ConfigurationException;
import dev.sekiso.stack.Nearest;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code sekiso} command.
 *
 * <p>Exit codes: 0 when all went well, 1 when the command failed, 2 when it was called wrongly.
 */
@Command(
    name = "sekiso",
    description = "The Linux file-access path as a library, from the command line.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all went well",
      "1:the command failed; the error stream says why",
      "2:the command was called wrongly"
    })
public final class Main implements Runnable {

  /** All commands; {@code --help} lists them in this order. */
  private static final Class<?>[] COMMANDS = {
    RunCommand.class,
    CompareCommand.class,
    SimulateCommand.class,
    MkfsCommand.class,
    FsCommand.class,
    ExplainCommand.class,
    FidelityCommand.class,
    LayersCommand.class
  };

  static final int FAILED = 1;
  static final int WRONGLY_CALLED = 2;

  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where in the code an error came from.")
  private boolean debug;

  Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String... arguments) {
    ToldOutput told = new ToldOutput(FileDescriptor.out);
    PrintStream out = stream(told);
    PrintStream err = stream(new FileOutputStream(FileDescriptor.err));
    int code = run(out, err, arguments);
    boolean lost = out.checkError();
    if (lost && told.reason() != null) {
      err.println("sekiso: not all could be printed: " + told.reason());
    }
    err.flush();
    System.exit(code == 0 && lost ? FAILED : code);
  }

  private static PrintStream stream(OutputStream to) {
    return new PrintStream(new BufferedOutputStream(to), false, StandardCharsets.UTF_8);
  }

  /**
   * Runs the command in this thread.
   *
   * @param out where results go, in UTF-8 but for {@code fs cat}, which prints bytes as they are
   * @param err where errors go, one line each
   * @return the exit code
   */
  public static int run(PrintStream out, PrintStream err, String... arguments) {
    Main main = new Main(out, err);
    CommandLine line = new CommandLine(main);
    for (Class<?> command : COMMANDS) {
      line.addSubcommand(command);
    }
    for (CommandLine command : line.getSubcommands().get("fs").getSubcommands().values()) {
      command
          .getHelpSectionMap()
          .put(UsageMessageSpec.SECTION_KEY_SYNOPSIS, Main::synopsisWithImage);
    }
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((e, given) -> main.wronglyCalled(e));
    line.setExecutionExceptionHandler((e, where, parsed) -> main.failed(e));
    int code = main.execute(line, arguments);
    out.flush();
    err.flush();
    return code;
  }

  /** The image stands between the two words of a command that works with one. */
  private static String synopsisWithImage(CommandLine.Help help) {
    String image = "IMAGE ";
    return help.synopsis(help.synopsisHeadingLength() + image.length())
        .replaceFirst("^sekiso fs ", "sekiso fs " + image);
  }

  private int execute(CommandLine line, String... arguments) {
    try {
      return line.execute(arguments);
    } catch (OutOfMemoryError e) {
      warn(
          "there is not enough memory for this ("
              + e.getMessage()
              + "); take less with --memory or a smaller device, or give the JVM more with"
              + " SEKISO_OPTS=-Xmx…");
      if (debug) {
        e.printStackTrace(err);
      }
      return FAILED;
    }
  }

  @Override
  public void run() {
    spec.commandLine().usage(out);
  }

  PrintStream out() {
    return out;
  }

  /** Where progress goes; messages are for {@link #warn}. */
  PrintStream err() {
    return err;
  }

  /** Tells of a failure that does not end the command. */
  void warn(String message) {
    out.flush();
    err.println("sekiso: " + oneLine(message));
  }

  private int wronglyCalled(ParameterException e) {
    CommandLine command = e.getCommandLine();
    warn(wrongly(e));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    if (debug) {
      e.printStackTrace(err);
    }
    return WRONGLY_CALLED;
  }

  /**
   * Tells of a failure.
   *
   * @return the exit code that goes with it
   */
  int failed(Exception e) {
    warn(describe(e));
    if (debug) {
      e.printStackTrace(err);
    }
    return e instanceof ConfigurationException ? WRONGLY_CALLED : FAILED;
  }

  /** What is wrong with the words that were given, in the words of all other messages. */
  private static String wrongly(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return e.getMessage()
          .replace("option option", "option")
          .replaceFirst(" \\(java\\.\\S*: .*\\)$", "")
          .replace("is not a long", "is no whole number")
          .replace("is not an int", "is no whole number");
    }
    CommandLine command = e.getCommandLine();
    String word = unmatched.getUnmatched().getFirst();
    if (word.startsWith("-")) {
      String name = word.replaceFirst("=.*", "");
      List<String> known =
          command.getCommandSpec().options().stream()
              .flatMap(option -> Arrays.stream(option.names()))
              .toList();
      return "there is no option '" + name + "'" + Nearest.hint(name, known);
    }
    if (command.getSubcommands().isEmpty()) {
      return "'" + word + "' is one word too many";
    }
    List<String> known = List.copyOf(command.getSubcommands().keySet());
    return "there is no command '"
        + word
        + "'"
        + Nearest.hint(word, known)
        + "; there are: "
        + String.join(", ", known);
  }

  private static String oneLine(String message) {
    return Texts.name(message.strip().replaceAll("\\s*\\R\\s*", " "));
  }

  /** What went wrong, for somebody who does not know the code. */
  static String describe(Exception e) {
    return switch (e) {
      case UncheckedIOException unchecked -> describe(unchecked.getCause());
      case ErrnoException errno -> errno.getMessage();
      // Who reads this has just given the option.
      case ConfigurationException configuration ->
          configuration.getMessage().replaceFirst("^option: ", "");
      case CommandException command -> command.getMessage();
      case RecordingException recording -> recording.getMessage();
      case NoSuchFileException file -> file.getFile() + " does not exist";
      case FileAlreadyExistsException file -> file.getFile() + " exists already";
      case DirectoryNotEmptyException file -> file.getFile() + " is a directory that is not empty";
      case AccessDeniedException file -> "no permission for " + file.getFile();
      case FileSystemException file -> file.getMessage();
      case IOException io -> io.getMessage() == null ? io.toString() : io.getMessage();
      default -> "internal error, please report it with the output of --debug: " + e;
    };
  }
}
