package dev.sekiso.cli;

import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints files as they are, byte by byte. */
@Command(
    name = "cat",
    description = "Prints what is in files, byte by byte.",
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
          return fs.each(paths, path -> print(vfs, files, path));
        });
  }

  private void print(Vfs vfs, ImageFiles files, String path) throws IOException {
    FileType type = vfs.stat(path).type();
    if (type == FileType.DIRECTORY) {
      throw new CommandException(path + " is a directory; 'ls' lists what is in it");
    }
    if (type != FileType.REGULAR) {
      throw new CommandException(path + " is a " + Texts.type(type) + ", in which nothing is kept");
    }
    files.read(path, (chunk, count, position) -> fs.main().out().write(chunk, 0, count));
  }
}
