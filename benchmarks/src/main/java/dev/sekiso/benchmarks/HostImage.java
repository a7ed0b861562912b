package dev.sekiso.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A place on the host's disk for one large file, and the memory to move it through. */
@State(Scope.Benchmark)
public class HostImage {

  /** Bytes moved at a time: a MiB, what a program that wants speed uses. */
  static final int PIECE = 1 << 20;

  /** Data, in MiB. */
  @Param("1024")
  public int mebibytes;

  /**
   * The directory for it; empty for the one of temporary files. It must be on a disk: a file system
   * in memory is never cold.
   */
  @Param("")
  public String directory;

  private Arena arena;
  private Path folder;
  MemorySegment piece;

  /** Memory whose contents do not matter. */
  MemorySegment scratch;

  /** Makes the room. */
  @SuppressWarnings("MustBeClosedChecker") // closed with the state
  void open() throws IOException {
    arena = Arena.ofShared();
    piece = arena.allocate(PIECE, PageOrder.PAGE_SIZE);
    scratch = arena.allocate(PIECE, PageOrder.PAGE_SIZE);
    for (int i = 0; i < PIECE; i++) {
      piece.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
    }
    folder =
        directory.isEmpty()
            ? Files.createTempDirectory("sekiso-benchmark")
            : Files.createTempDirectory(Path.of(directory), "sekiso-benchmark");
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  void close() throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
    arena.close();
  }

  /** The address of a device on an image with room for the data and ext2's own. */
  String device(String name) {
    return "file:" + path(name) + "?create=" + (mebibytes + mebibytes / 16 + 8) + "m";
  }
}
