package dev.sekiso.cli;

import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One copy from an image to the host; remembers which files have several names. */
final class Download {

  private final Vfs vfs;
  private final ImageFiles files;
  private final boolean recursive;
  private final boolean preserveOwner;
  private final Consumer<String> warnings;
  private final Map<Long, Path> names = new HashMap<>();
  private int skipped;

  Download(Vfs vfs, boolean recursive, boolean preserveOwner, Consumer<String> warnings) {
    this.vfs = vfs;
    this.files = new ImageFiles(vfs);
    this.recursive = recursive;
    this.preserveOwner = preserveOwner;
    this.warnings = warnings;
  }

  /** How many files could not be copied. */
  int skipped() {
    return skipped;
  }

  void copy(String source, Path destination) throws IOException {
    Attributes of = vfs.lstat(source);
    if (of.type() == FileType.DIRECTORY) {
      copyFolder(source, destination, of);
      return;
    }
    if (of.type() != FileType.REGULAR && of.type() != FileType.SYMBOLIC_LINK) {
      skipped++;
      warnings.accept("left out " + source + ": it is a " + Texts.type(of.type()));
      return;
    }
    makeRoom(destination);
    Path sameFile = names.get(of.inode());
    if (sameFile != null) {
      Files.createLink(destination, sameFile);
      return;
    }
    if (of.type() == FileType.SYMBOLIC_LINK) {
      Files.createSymbolicLink(destination, HostNames.target(vfs.readlink(source)));
    } else {
      try {
        copyBytes(source, destination, of.size());
      } catch (IOException e) {
        Files.deleteIfExists(destination);
        throw new CommandException(source + " to " + destination + ": " + Main.describe(e), e);
      }
    }
    names.put(of.inode(), destination);
    finish(destination, of);
  }

  private void copyBytes(String source, Path destination, long size) throws IOException {
    try (FileChannel out =
        FileChannel.open(destination, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      files.read(
          source,
          (chunk, count, position) ->
              Holes.skip(
                  chunk,
                  count,
                  (from, to) ->
                      write(out, ByteBuffer.wrap(chunk, from, to - from), position + from)));
      if (out.size() < size) {
        write(out, ByteBuffer.allocate(1), size - 1);
      }
    }
  }

  private static void write(FileChannel out, ByteBuffer bytes, long position) throws IOException {
    long next = position;
    while (bytes.hasRemaining()) {
      next += out.write(bytes, next);
    }
  }

  private static void makeRoom(Path destination) throws IOException {
    if (Files.isDirectory(destination, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(destination.toString());
    }
    Files.deleteIfExists(destination);
  }

  private void copyFolder(String source, Path destination, Attributes of) throws IOException {
    if (!recursive) {
      throw new CommandException(source + " is a directory; give -r to copy all that is in it");
    }
    if (!Files.isDirectory(destination)) {
      Files.createDirectory(destination);
    }
    for (DirectoryEntry entry : files.children(source)) {
      String name = entry.name().toString();
      copy(ImageFiles.child(source, name), HostNames.child(destination, name));
    }
    finish(destination, of);
  }

  /** The owner first, as that takes set-user-ID bits away; the times last. */
  private void finish(Path destination, Attributes of) throws IOException {
    if (preserveOwner) {
      Files.setAttribute(destination, "unix:uid", of.uid(), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(destination, "unix:gid", of.gid(), LinkOption.NOFOLLOW_LINKS);
    }
    if (of.type() != FileType.SYMBOLIC_LINK) {
      Files.setAttribute(destination, "unix:mode", of.permissions());
    }
    Files.getFileAttributeView(destination, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time(of.modificationTime()), time(of.accessTime()), null);
  }

  /** Java sets times before 1970 in whole seconds only, and makes 1970 of the others. */
  private static FileTime time(Timestamp of) {
    int nanos = of.seconds() < 0 ? 0 : of.nanos();
    return FileTime.from(Instant.ofEpochSecond(of.seconds(), nanos));
  }
}
