package dev.sekiso.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Gives files other names. */
@Command(
    name = "mv",
    description = "Renames a file or directory, or moves several into a directory.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img mv /a /b", "  sekiso fs disk.img mv /a /b /folder"})
final class MoveCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH... PLACE",
      hideParamSyntax = true,
      description = "What to move, and last where to: a new name or a directory.")
  private List<String> paths;

  @Override
  public Integer call() throws IOException {
    if (paths.size() < 2) {
      throw new ParameterException(spec.commandLine(), "say what to move and where to");
    }
    String destination = ImageFiles.absolute(paths.getLast());
    List<String> sources = paths.subList(0, paths.size() - 1);
    return fs.image()
        .writing(vfs -> {
          ImageFiles files = new ImageFiles(vfs);
          if (sources.size() > 1 && !files.isDirectory(destination)) {
            throw new CommandException(
                destination + " is no directory, so only one file can be moved there");
          }
          return fs.each(
              sources,
              source -> vfs.rename(source, files.within(destination, ImageFiles.name(source))));
        });
  }
}
