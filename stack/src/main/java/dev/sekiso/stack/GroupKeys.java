package dev.sekiso.stack;

import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.pagecache.PageCache;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The keys of control groups, named like the files of cgroup v2 with the group's path behind:
 * {@code memory.max./db/readers}. A group that a stack is to have from its beginning is named by
 * any of them, and the groups above it come with it.
 */
final class GroupKeys {

  private static final long MOST_BYTES = 1L << 50;
  private static final String NO_LIMIT = "max";

  private GroupKeys() {}

  /** What can be set of a group. */
  @SuppressWarnings("ImmutableEnumChecker") // a setting never changes
  enum Family {
    MEMORY_MAX(
        Setting.size(
            "memory.max",
            "",
            0,
            MOST_BYTES,
            "bytes that a control group's pages may have; max: no limit")),
    MEMORY_HIGH(
        Setting.size(
            "memory.high",
            "",
            0,
            MOST_BYTES,
            "bytes beyond which a control group's tasks reclaim and rest; max: no limit")),
    MEMORY_LOW(
        Setting.size(
            "memory.low",
            "",
            0,
            MOST_BYTES,
            "bytes of a control group that are spared while others have any; max: all")),
    MEMORY_MIN(
        Setting.size(
            "memory.min",
            "",
            0,
            MOST_BYTES,
            "bytes of a control group that are spared in any case; max: all")),
    IO_WEIGHT(
        Setting.integer(
            "io.weight",
            "100",
            1,
            10_000,
            "of 10000",
            "how much of a device a control group's flushers get against those of others")),
    REPLACEMENT(
        Setting.text(
            "replacement", "", "policy: which page of a control group leaves; by default all's"));

    private final Setting setting;

    Family(Setting setting) {
      this.setting = setting.live();
    }

    Setting setting() {
      return setting;
    }
  }

  /**
   * A key taken apart.
   *
   * @param path of the group, as {@code /db/readers}
   */
  record Key(Family family, String path) {
    @Override
    public String toString() {
      return family.setting().name() + "." + path;
    }
  }

  /**
   * What somebody said of a group.
   *
   * @param place who said it
   */
  record Said(Key key, String value, String place) {}

  /** One setting a family, by its name without a path. */
  static List<Setting> all() {
    return Arrays.stream(Family.values()).map(Family::setting).toList();
  }

  /** Keys as people write them, to find the one that was meant. */
  static List<String> examples(String path) {
    return Arrays.stream(Family.values()).map(family -> new Key(family, path).toString()).toList();
  }

  /**
   * Takes a key apart.
   *
   * @return nothing when it is no group's
   * @throws ConfigurationException when it is a group's and its path is none
   */
  static Optional<Key> parse(String key) {
    for (Family family : Family.values()) {
      String start = family.setting().name() + ".";
      if (key.startsWith(start)) {
        String path = key.substring(start.length());
        if (!path.startsWith("/")) {
          throw new ConfigurationException(
              "a control group is named by its path, as in " + start + "/db, not '" + path + "'");
        }
        return Optional.of(new Key(family, String.join("", components(path, "/"))));
      }
    }
    return Optional.empty();
  }

  /** Whether it has the form of a key with a path behind. */
  static boolean endsInPath(String key) {
    return key.indexOf("./") > 0 && key.indexOf("./") < key.indexOf('/');
  }

  /** The names on the way from the root to a group. */
  static List<String> components(String path) {
    return components(path, "");
  }

  private static List<String> components(String path, String before) {
    List<String> names = Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
    if (names.isEmpty() || names.contains(".") || names.contains("..")) {
      throw new ConfigurationException(
          "'" + path + "' is no control group that can be set; name one below the root, as /db");
    }
    return names.stream().map(name -> before + name).toList();
  }

  /** Checks a value as far as can be without a stack. */
  static void check(Key key, String value) {
    if (isSize(key.family()) && value.equals(NO_LIMIT)) {
      return;
    }
    key.family().setting().check(value);
  }

  private static boolean isSize(Family family) {
    return family.setting().kind() == Setting.Kind.SIZE;
  }

  /** A size in whole pages, rounded down ({@code page_counter_memparse}). */
  static long pages(Key key, String value) {
    return value.equals(NO_LIMIT)
        ? MemoryGroup.UNLIMITED
        : key.family().setting().number(value) >> PageCache.PAGE_SHIFT;
  }
}
