package dev.sekiso.cli;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/** Makes directories. */
@Command(
    name = "mkdir",
    description = "Makes directories.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img mkdir /a", "  sekiso fs disk.img mkdir -p -m 700 /a/b/c"})
final class MakeDirectoryCommand implements Callable<Integer> {

  private static final int DEFAULT_MODE = 0755;

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-p", "--parents"},
      description = "Make the directories above as well; those that exist are left alone.")
  private boolean parents;

  @Option(
      names = {"-m", "--mode"},
      paramLabel = "OCTAL",
      converter = Octal.class,
      defaultValue = "755",
      description = "Permission bits; ${DEFAULT-VALUE} by default.")
  private int mode;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = "The directories to make.")
  private List<String> paths;

  /** Permission bits. */
  static final class Octal implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("[0-7]{1,4}")) {
        throw new TypeConversionException(
            "'" + text + "' is no mode; write one to four octal digits, as in 755");
      }
      return Integer.parseInt(text, 8);
    }
  }

  @Override
  public Integer call() throws IOException {
    return fs.image()
        .writing(vfs -> {
          return fs.each(paths, path -> make(vfs, path));
        });
  }

  private void make(Vfs vfs, String path) throws ErrnoException {
    if (parents) {
      for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
        makeIfMissing(vfs, path.substring(0, end), DEFAULT_MODE);
      }
      makeIfMissing(vfs, path, mode);
    } else {
      vfs.mkdir(path, mode);
      vfs.chmod(path, mode);
    }
  }

  private static void makeIfMissing(Vfs vfs, String path, int mode) throws ErrnoException {
    try {
      vfs.mkdir(path, mode);
      vfs.chmod(path, mode);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST || !new ImageFiles(vfs).isDirectory(path)) {
        throw e;
      }
    }
  }
}
