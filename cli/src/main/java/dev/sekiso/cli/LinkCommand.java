package dev.sekiso.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Gives a file a second name, or makes a symbolic link. */
@Command(
    name = "ln",
    description = "Gives a file another name, or makes a symbolic link.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img ln /a /b", "  sekiso fs disk.img ln -s ../a /folder/b"})
final class LinkCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-s", "--symbolic"},
      description = "Make a symbolic link; TARGET is kept as written and need not exist.")
  private boolean symbolic;

  @Option(
      names = {"-f", "--force"},
      description = "Remove a file that has the name already.")
  private boolean force;

  @Parameters(index = "0", paramLabel = "TARGET", description = "What the new name leads to.")
  private String target;

  @Parameters(index = "1", paramLabel = "NAME", description = "The new name, or its directory.")
  private String name;

  @Override
  public Integer call() throws IOException {
    return fs.image()
        .writing(vfs -> {
          ImageFiles files = new ImageFiles(vfs);
          String existing = ImageFiles.absolute(target);
          String made = files.within(ImageFiles.absolute(name), ImageFiles.name(existing));
          if (!symbolic) {
            vfs.lstat(existing);
          }
          if (force && !made.equals(existing) && files.find(made) != null) {
            vfs.unlink(made);
          }
          if (symbolic) {
            vfs.symlink(target, made);
          } else {
            vfs.link(existing, made);
          }
          return 0;
        });
  }
}
