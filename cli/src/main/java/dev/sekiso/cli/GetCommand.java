package dev.sekiso.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Copies files from the image to the host. */
@Command(
    name = "get",
    description = {
      "Copies files from the image to the host, with mode and times.",
      "",
      "Names of one file stay names of one file, and symbolic links stay links. Files that exist on"
          + " the host are replaced. Blocks of zeroes become holes. Devices, sockets and fifos are left"
          + " out, and the exit code is 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso fs disk.img get /etc/fstab .",
      "  sekiso fs disk.img get -r --preserve-owner /home copy"
    })
final class GetCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-r", "-R", "--recursive"},
      description = "Copy directories and all that is in them.")
  private boolean recursive;

  @Option(
      names = {"-p", "--preserve-owner"},
      description = "Keep owner and group, too; takes the super user.")
  private boolean preserveOwner;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH... PLACE",
      hideParamSyntax = true,
      description = "What to copy, and last the place on the host: a directory or a new name.")
  private List<String> paths;

  @Override
  public Integer call() throws IOException {
    if (paths.size() < 2) {
      throw new ParameterException(spec.commandLine(), "say what to copy and where on the host");
    }
    Path destination = Path.of(paths.getLast());
    List<String> sources = paths.subList(0, paths.size() - 1);
    if (sources.size() > 1 && !Files.isDirectory(destination)) {
      throw new CommandException(
          destination + " is no directory, so only one file can be copied there");
    }
    return fs.image()
        .reading(vfs -> {
          Download download = new Download(vfs, recursive, preserveOwner, fs.main()::warn);
          int code =
              fs.each(
                  sources,
                  source ->
                      download.copy(
                          source,
                          Files.isDirectory(destination)
                              ? HostNames.child(destination, ImageFiles.name(source))
                              : destination));
          return download.skipped() == 0 ? code : Main.FAILED;
        });
  }
}
