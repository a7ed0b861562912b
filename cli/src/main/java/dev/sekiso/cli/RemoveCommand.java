package dev.sekiso.cli;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Takes files and directories away. */
@Command(
    name = "rm",
    description = "Removes files; with -r directories, too, and all that is in them.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img rm /a", "  sekiso fs disk.img rm -rf /tmp/work"})
final class RemoveCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-r", "-R", "--recursive"},
      description = "Remove directories and all that is in them.")
  private boolean recursive;

  @Option(
      names = {"-f", "--force"},
      description = "Do not mind names that do not exist.")
  private boolean force;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = "What to remove.")
  private List<String> paths;

  @Override
  public Integer call() throws IOException {
    return fs.image()
        .writing(vfs -> {
          return fs.each(paths, path -> remove(vfs, path));
        });
  }

  private void remove(Vfs vfs, String path) throws ErrnoException {
    if (path.equals("/")) {
      throw new CommandException("the root of an image stays; 'sekiso mkfs --force' empties it");
    }
    ImageFiles files = new ImageFiles(vfs);
    Attributes attributes = force ? files.find(path) : vfs.lstat(path);
    if (attributes == null) {
      return;
    }
    if (attributes.type() == FileType.DIRECTORY && !recursive) {
      throw new CommandException(path + " is a directory; give -r to remove all that is in it");
    }
    files.removeTree(path);
  }
}
