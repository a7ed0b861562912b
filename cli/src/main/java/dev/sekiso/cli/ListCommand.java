package dev.sekiso.cli;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Lists files and directories, sorted by the bytes of their names. */
@Command(
    name = "ls",
    description = "Lists directories, one name a line; times are UTC.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img ls", "  sekiso fs disk.img ls -laR /etc"})
final class ListCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-l", "--long"},
      description = "Show mode, links, owner, group, size and modification time.")
  private boolean details;

  @Option(
      names = {"-a", "--all"},
      description = "Show names that start with '.' as well.")
  private boolean all;

  @Option(
      names = {"-R", "--recursive"},
      description = "List directories within, too.")
  private boolean recursive;

  @Option(
      names = {"-d", "--directory"},
      description = "List directories themselves, not what is in them.")
  private boolean itself;

  @Parameters(
      arity = "0..*",
      paramLabel = "PATH",
      defaultValue = "/",
      description = "What to list; ${DEFAULT-VALUE} by default.")
  private List<String> paths;

  private PrintStream out;
  private Vfs vfs;
  private ImageFiles files;
  private boolean first = true;

  /** A line to print. */
  private record Row(String name, String path, Attributes attributes) {}

  @Override
  public Integer call() throws IOException {
    out = fs.main().out();
    return fs.image().reading(this::list);
  }

  private int list(Vfs mounted) throws ErrnoException {
    vfs = mounted;
    files = new ImageFiles(mounted);
    List<Row> named = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    int code =
        fs.each(
            paths,
            path -> {
              Attributes attributes = vfs.lstat(path);
              if (!itself && (attributes.type() == FileType.DIRECTORY || files.isDirectory(path))) {
                folders.add(path);
              } else {
                named.add(new Row(path, path, attributes));
              }
            });
    print(named);
    first = named.isEmpty();
    for (String folder : folders) {
      listFolder(folder, folders.size() > 1 || !named.isEmpty() || recursive);
    }
    return code;
  }

  private void listFolder(String folder, boolean heading) throws ErrnoException {
    if (heading) {
      out.println((first ? "" : System.lineSeparator()) + Texts.name(folder) + ":");
    }
    first = false;
    List<Row> rows = new ArrayList<>();
    for (DirectoryEntry entry : files.entries(folder)) {
      String name = entry.name().toString();
      if (all || !name.startsWith(".")) {
        String path = ImageFiles.child(folder, name);
        rows.add(new Row(name, path, vfs.lstat(path)));
      }
    }
    print(rows);
    if (!recursive) {
      return;
    }
    for (Row row : rows) {
      if (row.attributes.type() == FileType.DIRECTORY
          && !row.name.equals(".")
          && !row.name.equals("..")) {
        listFolder(row.path, true);
      }
    }
  }

  private void print(List<Row> rows) throws ErrnoException {
    if (!details) {
      rows.forEach(row -> out.println(Texts.name(row.name)));
      return;
    }
    String line =
        "%s %"
            + width(rows.stream().mapToLong(row -> row.attributes.links()))
            + "d %"
            + width(rows.stream().mapToLong(row -> Texts.id(row.attributes.uid())))
            + "d %"
            + width(rows.stream().mapToLong(row -> Texts.id(row.attributes.gid())))
            + "d %"
            + width(rows.stream().mapToLong(row -> row.attributes.size()))
            + "d %s %s%n";
    for (Row row : rows) {
      Attributes attributes = row.attributes;
      boolean link = attributes.type() == FileType.SYMBOLIC_LINK;
      out.printf(
          line,
          Texts.mode(attributes.mode()),
          attributes.links(),
          Texts.id(attributes.uid()),
          Texts.id(attributes.gid()),
          attributes.size(),
          Texts.minutes(attributes.modificationTime()),
          Texts.name(row.name) + (link ? " -> " + Texts.name(vfs.readlink(row.path)) : ""));
    }
  }

  private static int width(LongStream numbers) {
    return Long.toString(numbers.max().orElse(0)).length();
  }
}
