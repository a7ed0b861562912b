package dev.sekiso.filesystems.ext2;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The feature words of a super block: which bits there are, what they are called (as {@code
 * dumpe2fs} names them), and which of them this implementation knows.
 *
 * <p>A compatible feature may be ignored; with an unknown read-only-compatible one the file system
 * may be read but not changed; with an unknown incompatible one it may not be touched.
 */
final class Features {

  static final int COMPAT_EXT_ATTR = 0x8;
  static final int COMPAT_RESIZE_INODE = 0x10;
  static final int COMPAT_DIR_INDEX = 0x20;

  static final int INCOMPAT_FILETYPE = 0x2;
  static final int INCOMPAT_META_BG = 0x10;

  static final int RO_COMPAT_SPARSE_SUPER = 0x1;
  static final int RO_COMPAT_LARGE_FILE = 0x2;
  static final int RO_COMPAT_BTREE_DIR = 0x4;

  static final int INCOMPAT_SUPPORTED = INCOMPAT_FILETYPE | INCOMPAT_META_BG;
  static final int RO_COMPAT_SUPPORTED =
      RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE | RO_COMPAT_BTREE_DIR;

  private static final Map<Integer, String> INCOMPAT_NAMES =
      Map.ofEntries(
          Map.entry(0x1, "compression"),
          Map.entry(0x2, "filetype"),
          Map.entry(0x4, "needs_recovery"),
          Map.entry(0x8, "journal_dev"),
          Map.entry(0x10, "meta_bg"),
          Map.entry(0x40, "extent"),
          Map.entry(0x80, "64bit"),
          Map.entry(0x100, "mmp"),
          Map.entry(0x200, "flex_bg"),
          Map.entry(0x400, "ea_inode"),
          Map.entry(0x1000, "dirdata"),
          Map.entry(0x2000, "metadata_csum_seed"),
          Map.entry(0x4000, "large_dir"),
          Map.entry(0x8000, "inline_data"),
          Map.entry(0x10000, "encrypt"),
          Map.entry(0x20000, "casefold"));

  private static final Map<Integer, String> RO_COMPAT_NAMES =
      Map.ofEntries(
          Map.entry(0x1, "sparse_super"),
          Map.entry(0x2, "large_file"),
          Map.entry(0x4, "btree_dir"),
          Map.entry(0x8, "huge_file"),
          Map.entry(0x10, "uninit_bg"),
          Map.entry(0x20, "dir_nlink"),
          Map.entry(0x40, "extra_isize"),
          Map.entry(0x80, "snapshot"),
          Map.entry(0x100, "quota"),
          Map.entry(0x200, "bigalloc"),
          Map.entry(0x400, "metadata_csum"),
          Map.entry(0x800, "replica"),
          Map.entry(0x1000, "read-only"),
          Map.entry(0x2000, "project"),
          Map.entry(0x4000, "shared_blocks"),
          Map.entry(0x8000, "verity"),
          Map.entry(0x10000, "orphan_present"));

  private Features() {}

  /** The incompatible features this implementation does not know, by name; empty when none. */
  static List<String> unknownIncompatible(int bits) {
    return names(bits & ~INCOMPAT_SUPPORTED, INCOMPAT_NAMES, 'I');
  }

  /** The read-only-compatible features this implementation does not know, by name. */
  static List<String> unknownReadOnlyCompatible(int bits) {
    return names(bits & ~RO_COMPAT_SUPPORTED, RO_COMPAT_NAMES, 'R');
  }

  private static List<String> names(int bits, Map<Integer, String> known, char kind) {
    TreeMap<Integer, String> sorted = new TreeMap<>(known);
    List<String> names = new ArrayList<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      int mask = 1 << bit;
      if ((bits & mask) != 0) {
        String name =
            sorted.getOrDefault(mask, String.format(Locale.ROOT, "FEATURE_%c%d", kind, bit));
        names.add(String.format(Locale.ROOT, "%s (0x%x)", name, mask));
      }
    }
    return names;
  }
}
