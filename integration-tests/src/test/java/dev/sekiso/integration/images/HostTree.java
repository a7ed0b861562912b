package dev.sekiso.integration.images;

import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Timestamp;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * A tree of the host as the kernel tells it. All attributes are asked for before any file is read,
 * which may change its time of access.
 */
final class HostTree {

  private final Path root;
  private final SortedMap<String, Entry> entries = new TreeMap<>();
  private final Map<Object, String> firstNames = new HashMap<>();
  private final byte[] chunk = new byte[1 << 17];

  private HostTree(Path root) {
    this.root = root;
  }

  /** Every name below a directory, by its path from there; without {@code lost+found}. */
  static SortedMap<String, Entry> read(Path root) throws IOException {
    HostTree tree = new HostTree(root);
    tree.addChildren("");
    tree.addChecksums();
    return tree.entries;
  }

  private void addChildren(String directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(root.resolve(directory))) {
      children.forEach(child -> names.add(child.getFileName().toString()));
    }
    names.sort(null);
    for (String name : names) {
      String path = directory.isEmpty() ? name : directory + "/" + name;
      if (!path.equals("lost+found")) {
        add(path);
      }
    }
  }

  private void add(String path) throws IOException {
    Path file = root.resolve(path);
    Map<String, Object> of = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) of.get("mode");
    FileType type = FileType.ofMode(mode);
    boolean device = type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE;
    String first = firstNames.putIfAbsent(of.get("ino"), path);
    entries.put(
        path,
        new Entry(
            mode,
            (Integer) of.get("nlink"),
            first == null ? path : first,
            (Integer) of.get("uid"),
            (Integer) of.get("gid"),
            device ? (Long) of.get("rdev") : 0,
            type == FileType.DIRECTORY ? 0 : (Long) of.get("size"),
            time(of.get("lastAccessTime")),
            time(of.get("lastModifiedTime")),
            time(of.get("ctime")),
            type == FileType.SYMBOLIC_LINK ? Files.readSymbolicLink(file).toString() : "",
            0));
    if (type == FileType.DIRECTORY) {
      addChildren(path);
    }
  }

  private void addChecksums() throws IOException {
    for (Map.Entry<String, Entry> named : entries.entrySet()) {
      Entry entry = named.getValue();
      if (entry.type() == FileType.REGULAR && entry.firstName().equals(named.getKey())) {
        named.setValue(entry.withChecksum(checksum(root.resolve(named.getKey()))));
      }
    }
  }

  private static Timestamp time(Object of) {
    Instant instant = ((FileTime) of).toInstant();
    return new Timestamp(instant.getEpochSecond(), instant.getNano());
  }

  private long checksum(Path file) throws IOException {
    CRC32 checksum = new CRC32();
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(chunk); count > 0; count = in.read(chunk)) {
        checksum.update(chunk, 0, count);
      }
    }
    return checksum.getValue();
  }
}
