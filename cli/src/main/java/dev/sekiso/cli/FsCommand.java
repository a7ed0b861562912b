package dev.sekiso.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Works with the files on an image. */
@Command(
    name = "fs",
    description = {
      "Works with the files on an ext2 image, made by 'sekiso mkfs' or by mke2fs.",
      "",
      "Paths on the image start at its root, with or without a leading '/'. Commands that only read"
          + " leave the image as it is to the last byte; the others return when all is durable."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ListCommand.class,
      TreeCommand.class,
      CatCommand.class,
      StatCommand.class,
      PutCommand.class,
      GetCommand.class,
      MakeDirectoryCommand.class,
      RemoveCommand.class,
      MoveCommand.class,
      LinkCommand.class,
      UsageCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso fs disk.img put -r src /",
      "  sekiso fs disk.img ls -l /src",
      "  sekiso fs disk.img get -r /src copy",
      "  sekiso fs disk.img rm -r /src"
    })
final class FsCommand implements Runnable {

  private static final String EXAMPLE = "ls -l /";

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1", // so that "fs ls --help" needs none
      paramLabel = "IMAGE",
      description = "The image file.")
  private Path image;

  @Override
  public void run() {
    requireImage(spec.commandLine());
    throw new ParameterException(
        spec.commandLine(),
        "say what to do with " + image + ": " + String.join(", ", commands(spec.commandLine())));
  }

  private static Iterable<String> commands(CommandLine line) {
    return line.getSubcommands().keySet();
  }

  /** What is done with one of several names. */
  @FunctionalInterface
  interface Action<T> {
    void on(T name) throws IOException;
  }

  /**
   * Does the same with every path on the image, as {@code rm a b c} does; one that fails is told of
   * and costs the others nothing.
   *
   * @return the exit code
   */
  int each(List<String> paths, Action<String> action) {
    return eachOf(paths.stream().map(ImageFiles::absolute).toList(), action);
  }

  /** As {@link #each}, for names of the host. */
  <T> int eachOf(List<T> names, Action<T> action) {
    int code = 0;
    for (T name : names) {
      try {
        action.on(name);
      } catch (IOException | CommandException e) {
        code = main.failed(e);
      }
    }
    return code;
  }

  Main main() {
    return main;
  }

  Image image() {
    requireImage(spec.commandLine().getParseResult().subcommand().commandSpec().commandLine());
    return new Image(image);
  }

  private void requireImage(CommandLine called) {
    if (image == null) {
      throw new ParameterException(
          called, "name the image first, as in 'sekiso fs disk.img " + EXAMPLE + "'");
    }
  }
}
