package dev.sekiso.cli;

import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.io.OutputStream;
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
      Files.createSymbolicLink(destination, Path.of(vfs.readlink(source)));
    } else {
      try (OutputStream out =
          Files.newOutputStream(
              destination, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        files.copy(source, out);
      }
    }
    names.put(of.inode(), destination);
    finish(destination, of);
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
      copy(ImageFiles.child(source, name), destination.resolve(name));
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

  private static FileTime time(Timestamp of) {
    return FileTime.from(Instant.ofEpochSecond(of.seconds(), of.nanos()));
  }
}
