package dev.sekiso.cli;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Draws a directory and all below it. */
@Command(
    name = "tree",
    description = "Draws a directory and all that is below it.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img tree", "  sekiso fs disk.img tree -a -L 2 /home"})
final class TreeCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-a", "--all"},
      description = "Show names that start with '.' as well.")
  private boolean all;

  @Option(
      names = {"-L", "--level"},
      paramLabel = "DEPTH",
      description = "Go down so many directories at most.")
  private int levels = Integer.MAX_VALUE;

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      defaultValue = "/",
      description = "Where to start; ${DEFAULT-VALUE} by default.")
  private String path;

  private PrintStream out;
  private Vfs vfs;
  private ImageFiles files;
  private int folders;
  private int others;

  @Override
  public Integer call() throws IOException {
    out = fs.main().out();
    return fs.image().reading(this::draw);
  }

  private int draw(Vfs mounted) throws ErrnoException {
    vfs = mounted;
    files = new ImageFiles(mounted);
    String start = ImageFiles.absolute(path);
    List<DirectoryEntry> top = files.children(start);
    out.println(Texts.name(start));
    drawAll(start, top, "", 1);
    out.println();
    out.println(
        counted(folders, "directory", "directories") + ", " + counted(others, "file", "files"));
    return 0;
  }

  private static String counted(int count, String one, String more) {
    return count + " " + (count == 1 ? one : more);
  }

  private void drawAll(String folder, List<DirectoryEntry> entries, String indent, int level)
      throws ErrnoException {
    List<DirectoryEntry> shown =
        entries.stream().filter(entry -> all || !entry.name().toString().startsWith(".")).toList();
    for (int i = 0; i < shown.size(); i++) {
      DirectoryEntry entry = shown.get(i);
      boolean last = i == shown.size() - 1;
      String name = entry.name().toString();
      String child = ImageFiles.child(folder, name);
      FileType type = vfs.lstat(child).type();
      String target =
          type == FileType.SYMBOLIC_LINK ? " -> " + Texts.name(vfs.readlink(child)) : "";
      out.println(indent + (last ? "└── " : "├── ") + Texts.name(name) + target);
      if (type != FileType.DIRECTORY) {
        others++;
        continue;
      }
      folders++;
      if (level < levels) {
        drawAll(child, files.children(child), indent + (last ? "    " : "│   "), level + 1);
      }
    }
  }
}
