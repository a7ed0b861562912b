package dev.sekiso.integration.images;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.Attributes;
import dev.sekiso.vfs.DirectoryEntry;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** The twin of {@link HostTree}: a tree as our own stack tells it. */
final class StackTree {

  private static final int ENTRIES_AT_ONCE = 100;

  private final Vfs vfs;
  private final SortedMap<String, Entry> entries = new TreeMap<>();
  private final Map<Long, String> firstNames = new HashMap<>();
  private final byte[] chunk = new byte[1 << 17];

  private StackTree(Vfs vfs) {
    this.vfs = vfs;
  }

  /** Every name below the root, by its path from there; without {@code lost+found}. */
  static SortedMap<String, Entry> read(Vfs vfs) throws ErrnoException {
    StackTree tree = new StackTree(vfs);
    tree.addChildren("");
    return tree.entries;
  }

  private void addChildren(String directory) throws ErrnoException {
    List<String> names = new ArrayList<>();
    OpenFile opened = vfs.open("/" + directory, OpenFlag.DIRECTORY);
    try {
      List<DirectoryEntry> some;
      while (!(some = vfs.getdents(opened, ENTRIES_AT_ONCE)).isEmpty()) {
        some.forEach(entry -> names.add(entry.name().toString()));
      }
    } finally {
      vfs.close(opened);
    }
    names.removeAll(List.of(".", ".."));
    names.sort(null);
    for (String name : names) {
      String path = directory.isEmpty() ? name : directory + "/" + name;
      if (!path.equals("lost+found")) {
        add(path);
      }
    }
  }

  private void add(String path) throws ErrnoException {
    Attributes of = vfs.lstat("/" + path);
    FileType type = of.type();
    boolean device = type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE;
    String first = firstNames.putIfAbsent(of.inode(), path);
    entries.put(
        path,
        new Entry(
            of.mode(),
            of.links(),
            first == null ? path : first,
            of.uid(),
            of.gid(),
            device ? of.specialDevice() : 0,
            type == FileType.DIRECTORY ? 0 : of.size(),
            of.accessTime(),
            of.modificationTime(),
            of.changeTime(),
            type == FileType.SYMBOLIC_LINK ? vfs.readlink("/" + path) : "",
            type == FileType.REGULAR && first == null ? checksum(path) : 0));
    if (type == FileType.DIRECTORY) {
      addChildren(path);
    }
  }

  private long checksum(String path) throws ErrnoException {
    CRC32 checksum = new CRC32();
    OpenFile file = vfs.open("/" + path);
    try {
      for (int count = vfs.read(file, chunk); count > 0; count = vfs.read(file, chunk)) {
        checksum.update(chunk, 0, count);
      }
    } finally {
      vfs.close(file);
    }
    return checksum.getValue();
  }
}
