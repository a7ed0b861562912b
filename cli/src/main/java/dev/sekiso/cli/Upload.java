package dev.sekiso.cli;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.LinkMode;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.TimeChange;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One copy from the host to an image; remembers which files have several names. */
final class Upload {

  /** So much of a file is written back before more is written, however small the memory. */
  private static final long WRITE_BACK_EVERY = 16L << 20;

  private static final int PERMISSIONS = 07777;
  private static final int WRITABLE_MEANWHILE = 0700;

  private final Vfs vfs;
  private final ImageFiles files;
  private final PutCommand.Owner owner;
  private final boolean recursive;
  private final Consumer<String> warnings;
  private final Map<FileKey, String> names = new HashMap<>();
  private final byte[] chunk = new byte[ImageFiles.CHUNK];
  private int skipped;

  /**
   * @param owner for all files; null to keep those they have
   */
  Upload(Vfs vfs, PutCommand.Owner owner, boolean recursive, Consumer<String> warnings) {
    this.vfs = vfs;
    this.files = new ImageFiles(vfs);
    this.owner = owner;
    this.recursive = recursive;
    this.warnings = warnings;
  }

  /** A file of the host, whatever its names. */
  private record FileKey(Object device, Object inode) {}

  /** How many files could not be copied. */
  int skipped() {
    return skipped;
  }

  void copy(Path source, String destination) throws IOException {
    Map<String, Object> about = Files.readAttributes(source, "unix:*", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) about.get("mode");
    FileType type = FileType.ofMode(mode);
    if (type == FileType.DIRECTORY) {
      copyFolder(source, destination, about);
      return;
    }
    makeRoom(destination);
    FileKey key = new FileKey(about.get("dev"), about.get("ino"));
    String sameFile = names.get(key);
    if (sameFile != null) {
      vfs.link(sameFile, destination);
      return;
    }
    switch (type) {
      case REGULAR -> {
        try {
          copyBytes(source, destination, mode);
        } catch (IOException e) {
          if (files.find(destination) != null) {
            vfs.unlink(destination);
          }
          throw new CommandException(source + " to " + destination + ": " + Main.describe(e), e);
        }
      }
      case SYMBOLIC_LINK ->
          vfs.symlink(HostNames.target(Files.readSymbolicLink(source)), destination);
      case FIFO, SOCKET -> vfs.mknod(destination, mode, 0);
      case BLOCK_DEVICE, CHARACTER_DEVICE ->
          vfs.mknod(destination, mode, ((Number) about.get("rdev")).longValue());
      case DIRECTORY -> throw new AssertionError("copied above");
      case null -> {
        skipped++;
        warnings.accept("left out " + source + ": it is of no kind that ext2 knows");
        return;
      }
    }
    names.put(key, destination);
    finish(destination, about);
  }

  private void makeRoom(String destination) throws ErrnoException {
    Attributes there = files.find(destination);
    if (there == null) {
      return;
    }
    if (there.type() == FileType.DIRECTORY) {
      throw new CommandException(
          destination + " is a directory; remove it first or choose another name");
    }
    vfs.unlink(destination);
  }

  private void copyFolder(Path source, String destination, Map<String, Object> about)
      throws IOException {
    if (!recursive) {
      throw new CommandException(source + " is a directory; give -r to copy all that is in it");
    }
    if (files.find(destination) == null) {
      vfs.mkdir(destination, WRITABLE_MEANWHILE);
    } else if (!files.isDirectory(destination)) {
      throw new CommandException(
          destination + " is no directory; remove it first or choose another name");
    }
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(source)) {
      stream.forEach(children::add);
    }
    children.sort(null);
    for (Path child : children) {
      copy(child, ImageFiles.child(destination, HostNames.name(child)));
    }
    finish(destination, about);
  }

  private void copyBytes(Path source, String destination, int mode) throws IOException {
    OpenFile file =
        vfs.open(
            destination,
            mode & PERMISSIONS,
            OpenFlag.WRITE_ONLY,
            OpenFlag.CREATE,
            OpenFlag.EXCLUSIVE);
    try (InputStream in = Files.newInputStream(source)) {
      long read = 0;
      long writtenBack = 0;
      for (int count = fill(in); count > 0; count = fill(in)) {
        long position = read;
        Holes.skip(chunk, count, (from, to) -> write(file, from, to, position + from));
        read += count;
        if (read - writtenBack >= WRITE_BACK_EVERY) {
          vfs.syncFileRange(
              file,
              writtenBack,
              read - writtenBack,
              FileOperations.START_WRITE | FileOperations.WAIT_AFTER);
          writtenBack = read;
        }
      }
      vfs.ftruncate(file, read);
    } finally {
      vfs.close(file);
    }
  }

  private int fill(InputStream in) throws IOException {
    return in.readNBytes(chunk, 0, chunk.length);
  }

  private void write(OpenFile file, int from, int to, long position) throws ErrnoException {
    MemorySegment source = MemorySegment.ofArray(chunk).asSlice(from, to - from);
    long done = 0;
    while (done < source.byteSize()) {
      done += vfs.pwrite(file, source.asSlice(done), position + done);
    }
  }

  /** The owner first, as that takes set-user-ID bits away; the times last. */
  private void finish(String destination, Map<String, Object> about) throws ErrnoException {
    int uid = owner == null ? (Integer) about.get("uid") : owner.uid();
    int gid = owner == null ? (Integer) about.get("gid") : owner.gid();
    int mode = (Integer) about.get("mode");
    vfs.lchown(destination, uid, gid);
    if (FileType.ofMode(mode) != FileType.SYMBOLIC_LINK) {
      vfs.chmod(destination, mode & PERMISSIONS);
    }
    vfs.utimensAt(
        null,
        destination,
        time(about.get("lastAccessTime")),
        time(about.get("lastModifiedTime")),
        LinkMode.NO_FOLLOW);
  }

  private static TimeChange time(Object of) {
    Instant instant = ((FileTime) of).toInstant();
    return TimeChange.to(new Timestamp(instant.getEpochSecond(), instant.getNano()));
  }
}
