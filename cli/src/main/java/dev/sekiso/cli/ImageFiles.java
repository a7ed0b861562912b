package dev.sekiso.cli;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What several commands ask of a mounted image. */
final class ImageFiles {

  /** Bytes that are copied at one time. */
  static final int CHUNK = 1 << 20;

  private static final int ENTRIES_PER_CALL = 1024;

  private final Vfs vfs;

  ImageFiles(Vfs vfs) {
    this.vfs = vfs;
  }

  /** The path from the image's root, without slashes at its end. */
  static String absolute(String path) {
    String stripped = path.replaceAll("/+$", "");
    return stripped.startsWith("/") ? stripped : stripped.isEmpty() ? "/" : "/" + stripped;
  }

  static String child(String folder, String name) {
    return folder.endsWith("/") ? folder + name : folder + "/" + name;
  }

  /** The last component; empty for the root. */
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** A directory's entries in the order of their names, "." and ".." among them. */
  List<DirectoryEntry> entries(String folder) throws ErrnoException {
    List<DirectoryEntry> entries = new ArrayList<>();
    OpenFile file =
        vfs.open(folder, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY, OpenFlag.NO_ACCESS_TIME);
    try {
      List<DirectoryEntry> some = vfs.getdents(file, ENTRIES_PER_CALL);
      while (!some.isEmpty()) {
        entries.addAll(some);
        some = vfs.getdents(file, ENTRIES_PER_CALL);
      }
    } finally {
      vfs.close(file);
    }
    entries.sort(Comparator.comparing(DirectoryEntry::name));
    return entries;
  }

  /** As {@link #entries}, without "." and "..". */
  List<DirectoryEntry> children(String folder) throws ErrnoException {
    return entries(folder).stream().filter(entry -> !isDots(entry.name())).toList();
  }

  private static boolean isDots(FileName name) {
    return name.equals(FileName.DOT) || name.equals(FileName.DOT_DOT);
  }

  /** Whether the path leads to a directory, by links too. */
  boolean isDirectory(String path) throws ErrnoException {
    try {
      return vfs.stat(path).type() == FileType.DIRECTORY;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** What the name itself is, or null when there is none. */
  Attributes find(String path) throws ErrnoException {
    try {
      return vfs.lstat(path);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Where {@code mv}, {@code ln} and {@code put} place a name: in a directory, or as it is said.
   */
  String within(String destination, String name) throws ErrnoException {
    return isDirectory(destination) ? child(destination, name) : destination;
  }

  /** Takes what is read of a file, piece by piece. */
  @FunctionalInterface
  interface Reader {
    /**
     * @param position of the first byte in the file, a multiple of {@link #CHUNK}
     */
    void read(byte[] chunk, int count, long position) throws IOException;
  }

  /** Reads a regular file from its start to its end, {@link #CHUNK} bytes at one time. */
  void read(String path, Reader to) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long position = 0;
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY, OpenFlag.NO_ACCESS_TIME);
    try {
      for (int count = fill(file, chunk); count > 0; count = fill(file, chunk)) {
        to.read(chunk, count, position);
        position += count;
      }
    } finally {
      vfs.close(file);
    }
  }

  private int fill(OpenFile file, byte[] chunk) throws ErrnoException {
    int count = 0;
    while (count < chunk.length) {
      int some = vfs.read(file, MemorySegment.ofArray(chunk).asSlice(count));
      if (some <= 0) {
        break;
      }
      count += some;
    }
    return count;
  }

  /** Takes a name away, and for a directory all that is in it. */
  void removeTree(String path) throws ErrnoException {
    if (vfs.lstat(path).type() != FileType.DIRECTORY) {
      vfs.unlink(path);
      return;
    }
    for (DirectoryEntry entry : children(path)) {
      removeTree(child(path, entry.name().toString()));
    }
    vfs.rmdir(path);
  }
}
