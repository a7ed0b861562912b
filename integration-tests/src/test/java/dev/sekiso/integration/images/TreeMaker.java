package dev.sekiso.integration.images;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Fills a directory of the host with every kind of file, in every size and dress. */
final class TreeMaker {

  private static final int DIRECTORIES = 60;
  private static final int SMALL_FILES = 2000;
  private static final int HARD_LINKS = 300;
  private static final int SYMBOLIC_LINKS = 200;
  private static final int LONGEST_NAME = 255;

  /** A link's target of 59 bytes still fits into the inode, one of 60 takes a block. */
  private static final int LONGEST_FAST_LINK = 59;

  private static final long EARLIEST = Integer.MIN_VALUE;

  /** Two bits beyond 32 reach 2446; an inode of 128 bytes ends in 2038. */
  private static final long LATEST_WITH_EXTRA_BITS = 0x3_7fff_ffffL;

  private final Path root;
  private final Random random;
  private final long blockSize;
  private final boolean largeInodes;
  private final List<Path> directories = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();

  /**
   * @param blockSize in bytes, for the sizes at which the tree of blocks gets a level
   * @param largeInodes whether times beyond 2038 can be kept
   */
  TreeMaker(Path root, long seed, long blockSize, boolean largeInodes) {
    this.root = root;
    this.random = new Random(seed);
    this.blockSize = blockSize;
    this.largeInodes = largeInodes;
  }

  void fill() throws IOException, InterruptedException {
    makeDirectories();
    makeSmallFiles();
    makeBigFiles();
    makeHardLinks();
    makeSymbolicLinks();
    makeSpecialFiles();
    for (Path file : files) {
      dress(file);
    }
    // From the leaves up: what is made inside changes a directory's times.
    for (Path directory : directories.reversed()) {
      dress(directory);
    }
  }

  private void makeDirectories() throws IOException {
    for (int i = 0; i < DIRECTORIES; i++) {
      Path parent =
          directories.isEmpty() || random.nextInt(4) == 0
              ? root
              : directories.get(random.nextInt(directories.size()));
      directories.add(Files.createDirectory(parent.resolve("d" + i)));
    }
  }

  private Path place(String name) {
    return directories.get(random.nextInt(directories.size())).resolve(name);
  }

  private void makeSmallFiles() throws IOException {
    Path crowd = directories.getFirst();
    for (int i = 0; i < SMALL_FILES; i++) {
      String name = "f" + i;
      if (i % 50 == 0) {
        name += "-" + "n".repeat(LONGEST_NAME - name.length() - 1);
      }
      byte[] content = new byte[random.nextInt(3) == 0 ? random.nextInt(9000) : random.nextInt(99)];
      random.nextBytes(content);
      // A third in one directory, so that it has many blocks.
      files.add(Files.write(i % 3 == 0 ? crowd.resolve(name) : place(name), content));
    }
  }

  private void makeBigFiles() throws IOException {
    long direct = 12 * blockSize;
    long single = direct + blockSize / 4 * blockSize;
    long second = single + (blockSize / 4) * (blockSize / 4) * blockSize;
    for (long size : new long[] {direct - 1, direct, direct + 1, single - 1, single, single + 1}) {
      byte[] content = new byte[(int) size];
      random.nextBytes(content);
      files.add(Files.write(place("dense" + size), content));
    }
    makeSparse("sparse-single", direct, single);
    makeSparse("sparse-double", single, single + 6_000_000);
    if (second < 100_000_000) {
      makeSparse("sparse-triple", second - 10_000, second + 1_000_000);
    }
  }

  /** Pieces between holes, a hole at the beginning and at the end. */
  private void makeSparse(String name, long from, long size) throws IOException {
    Path path = place(name);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      for (int i = 0; i < 8; i++) {
        byte[] piece = new byte[1 + random.nextInt(20_000)];
        random.nextBytes(piece);
        file.seek(from + random.nextLong(size - from - piece.length));
        file.write(piece);
      }
      file.setLength(size);
    }
    files.add(path);
  }

  private void makeHardLinks() throws IOException {
    for (int i = 0; i < HARD_LINKS; i++) {
      Path existing = files.get(random.nextInt(random.nextBoolean() ? 20 : files.size()));
      Files.createLink(place("hard" + i), existing);
    }
  }

  private void makeSymbolicLinks() throws IOException {
    for (int i = 0; i < SYMBOLIC_LINKS; i++) {
      int length =
          switch (i) {
            case 0 -> LONGEST_FAST_LINK;
            case 1 -> LONGEST_FAST_LINK + 1;
            case 2 -> (int) Math.min(blockSize, 4096) - 1;
            default -> 1 + random.nextInt(i % 3 == 0 ? 900 : LONGEST_FAST_LINK);
          };
      StringBuilder target = new StringBuilder();
      while (target.length() < length) {
        target.append((char) ('a' + random.nextInt(26)));
        if (target.length() % 100 == 99 && target.length() < length) {
          target.append('/');
        }
      }
      files.add(Files.createSymbolicLink(place("soft" + i), Path.of(target.toString())));
    }
  }

  private void makeSpecialFiles() throws IOException, InterruptedException {
    makeNode("fifo", "p");
    makeNode("old-device", "b", "8", "17");
    makeNode("new-device", "c", "300", "70000");
  }

  private void makeNode(String name, String... what) throws IOException, InterruptedException {
    Path path = place(name);
    List<String> command = new ArrayList<>(List.of("mknod", path.toString()));
    command.addAll(List.of(what));
    run(command.toArray(String[]::new));
    files.add(path);
  }

  /** An odd owner and mode, and times from the whole range; the times last. */
  private void dress(Path file) throws IOException, InterruptedException {
    Files.setAttribute(file, "unix:uid", id(), LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:gid", id(), LinkOption.NOFOLLOW_LINKS);
    if (!Files.isSymbolicLink(file)) {
      Files.setAttribute(file, "unix:mode", random.nextInt(010000));
    }
    FileTime modified = time();
    FileTime accessed = time();
    if (Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      // Setting times in Java opens the file, which waits for the other end of a pipe for ever.
      run("touch", "-h", "-m", "-d", modified.toString(), file.toString());
      run("touch", "-h", "-a", "-d", accessed.toString(), file.toString());
      return;
    }
    Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(modified, accessed, null);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(List.of(command) + " failed");
    }
  }

  private int id() {
    return switch (random.nextInt(3)) {
      case 0 -> random.nextInt(1000);
      case 1 -> 65_000 + random.nextInt(2000);
      default -> random.nextInt(Integer.MAX_VALUE);
    };
  }

  private FileTime time() {
    long latest = largeInodes ? LATEST_WITH_EXTRA_BITS : Integer.MAX_VALUE;
    long seconds =
        random.nextInt(3) == 0
            ? EARLIEST + random.nextLong(latest - EARLIEST + 1)
            : random.nextLong(2_000_000_000L);
    return FileTime.from(Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000)));
  }
}
