package dev.sekiso.cli;

import java.nio.file.Path;
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

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "The image file.")
  private Path image;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "say what to do with " + image + ": " + String.join(", ", commands(spec.commandLine())));
  }

  private static Iterable<String> commands(CommandLine line) {
    return line.getSubcommands().keySet();
  }

  Main main() {
    return main;
  }

  Image image() {
    return new Image(image);
  }
}
