package dev.sekiso.cli;

import dev.sekiso.vfs.FileSystemStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows how full the image is. */
@Command(
    name = "df",
    description = "Shows how much space and how many inodes are used and free.",
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso fs disk.img df", "  sekiso fs disk.img df --human-readable"})
final class UsageCommand implements Callable<Integer> {

  private static final int KIB = 1024;
  private static final int PERCENT = 100;

  @ParentCommand private FsCommand fs;

  @Option(
      names = {"-H", "--human-readable"},
      description = "Show sizes with K, M, G or T instead of in KiB.")
  private boolean human;

  @Override
  public Integer call() throws IOException {
    FileSystemStatus status = fs.image().reading(vfs -> vfs.statfs("/"));
    PrintStream out = fs.main().out();
    long used = status.blocks() - status.freeBlocks();
    String line = "%-6s %12s %12s %12s %5s%n";
    out.printf(line, "", human ? "Size" : "1K-blocks", "Used", "Available", "Use%");
    out.printf(
        line,
        "space",
        size(status.blocks(), status),
        size(used, status),
        size(status.availableBlocks(), status),
        share(used, used + status.availableBlocks()));
    long usedFiles = status.files() - status.freeFiles();
    out.printf(
        line,
        "inodes",
        status.files(),
        usedFiles,
        status.freeFiles(),
        share(usedFiles, status.files()));
    return 0;
  }

  private String size(long blocks, FileSystemStatus status) {
    long bytes = blocks * status.blockSize();
    return human ? ByteSize.text(bytes) : Long.toString(bytes / KIB);
  }

  /** Rounded up, as df does. */
  private static String share(long part, long whole) {
    return whole == 0 ? "-" : Math.ceilDiv(part * PERCENT, whole) + "%";
  }
}
