package dev.sekiso.cli;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
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

/** Shows all that is known of a name. */
@Command(
    name = "stat",
    description = "Shows type, size, mode, owner, links and times; times are UTC.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img stat /etc/fstab", "  sekiso fs disk.img stat -L /etc/mtab"})
final class StatCommand implements Callable<Integer> {

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-L", "--dereference"},
      description = "Show what a symbolic link leads to, not the link.")
  private boolean follow;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = "What to show.")
  private List<String> paths;

  @Override
  public Integer call() throws IOException {
    return fs.image()
        .reading(vfs -> {
          return fs.each(paths, path -> show(vfs, path, fs.main().out()));
        });
  }

  private void show(Vfs vfs, String path, PrintStream out) throws ErrnoException {
    Attributes of = follow ? vfs.stat(path) : vfs.lstat(path);
    String target =
        of.type() == FileType.SYMBOLIC_LINK ? " -> " + Texts.name(vfs.readlink(path)) : "";
    out.printf("  File: %s%s%n", Texts.name(path), target);
    out.printf("  Type: %s%n", Texts.type(of.type()));
    out.printf(
        "  Size: %d  Blocks: %d (of 512 bytes)  I/O size: %d%n",
        of.size(), of.blocks(), of.blockSize());
    out.printf("  Node: %d  Links: %d%n", of.inode(), of.links());
    out.printf(
        "  Mode: %04o (%s)  Owner: %d  Group: %d%n",
        of.permissions(), Texts.mode(of.mode()), Texts.id(of.uid()), Texts.id(of.gid()));
    out.printf("Access: %s%n", Texts.nanos(of.accessTime()));
    out.printf("Modify: %s%n", Texts.nanos(of.modificationTime()));
    out.printf("Change: %s%n", Texts.nanos(of.changeTime()));
  }
}
