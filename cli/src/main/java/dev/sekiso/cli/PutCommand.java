package dev.sekiso.cli;

import java.io.IOException;
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

/** Copies files of the host onto the image. */
@Command(
    name = "put",
    description = {
      "Copies files of the host onto the image, with mode, owner and times.",
      "",
      "Names of one file stay names of one file, and symbolic links stay links. Files that exist on"
          + " the image are replaced. Blocks of zeroes become holes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso fs disk.img put notes.txt /",
      "  sekiso fs disk.img put -r --owner 0:0 tree /home"
    })
final class PutCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-r", "-R", "--recursive"},
      description = "Copy directories and all that is in them.")
  private boolean recursive;

  @Option(
      names = "--owner",
      paramLabel = "UID:GID",
      description = "Give all files this owner and group instead of those they have.")
  private String owner;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE... PLACE",
      hideParamSyntax = true,
      description = "What to copy, and last the place on the image: a directory or a new name.")
  private List<String> files;

  @Override
  public Integer call() throws IOException {
    if (files.size() < 2) {
      throw new ParameterException(spec.commandLine(), "say what to copy and where on the image");
    }
    Owner given = owner == null ? null : owner();
    List<Path> sources = files.subList(0, files.size() - 1).stream().map(Path::of).toList();
    String destination = ImageFiles.absolute(files.getLast());
    return fs.image()
        .writing(vfs -> {
          Upload upload = new Upload(vfs, given, recursive, fs.main()::warn);
          ImageFiles image = new ImageFiles(vfs);
          if (sources.size() > 1 && !image.isDirectory(destination)) {
            throw new CommandException(
                destination + " is no directory, so only one file can be put there");
          }
          int code =
              fs.eachOf(
                  sources,
                  source -> {
                    String name = HostNames.name(source);
                    upload.copy(
                        source, name.isEmpty() ? destination : image.within(destination, name));
                  });
          return upload.skipped() == 0 ? code : Main.FAILED;
        });
  }

  /** An owner and a group by number. */
  record Owner(int uid, int gid) {}

  private Owner owner() {
    String[] parts = owner.split(":", -1);
    try {
      if (parts.length == 2) {
        return new Owner(Integer.parseUnsignedInt(parts[0]), Integer.parseUnsignedInt(parts[1]));
      }
    } catch (NumberFormatException e) {
      throw notAnOwner(e);
    }
    throw notAnOwner(null);
  }

  private ParameterException notAnOwner(Exception cause) {
    return new ParameterException(
        spec.commandLine(),
        "'" + owner + "' is no owner; write two numbers, as in --owner 1000:1000",
        cause);
  }
}
