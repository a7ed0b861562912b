package dev.sekiso.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints files as they are, byte by byte. */
@Command(
    name = "cat",
    description = "Prints what is in files.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img cat /etc/fstab", "  sekiso fs disk.img cat /a /b >ab"})
final class CatCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = "The files to print.")
  private List<String> paths;

  @Override
  public Integer call() throws IOException {
    return fs.image()
        .reading(vfs -> {
          ImageFiles files = new ImageFiles(vfs);
          for (String path : paths) {
            files.copy(ImageFiles.absolute(path), fs.main().out());
          }
          return 0;
        });
  }
}
