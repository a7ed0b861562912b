package dev.sekiso.stack;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.pagecache.MemoryGroups;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.writeback.GroupMemory;
import dev.sekiso.writeback.GroupStatistics;
import dev.sekiso.writeback.Writeback;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The control groups of a running stack: each has memory of its own in the page cache and writeback
 * of its own, and keys to set both by ({@link GroupKeys}).
 *
 * <p>Groups come and go under this object's monitor, so that both layers have the same ones.
 * Settings of a group that is there need no lock here.
 */
final class ControlledGroups {

  private final StackCatalog catalog;
  private final PageCache pageCache;
  private final Writeback writeback;
  private final Devices devices;

  ControlledGroups(
      StackCatalog catalog, PageCache pageCache, Writeback writeback, Devices devices) {
    this.catalog = catalog;
    this.devices = devices;
    this.pageCache = pageCache;
    this.writeback = writeback;
  }

  private MemoryGroups memory() {
    return pageCache.memoryGroups();
  }

  MemoryGroup create(Cgroup cgroup) {
    synchronized (this) {
      MemoryGroup group = memory().create(cgroup);
      writeback.addGroup(cgroup, GroupMemory.of(group));
      return group;
    }
  }

  /** The group of that path, made with those above it where they are not there yet. */
  MemoryGroup create(String path) {
    synchronized (this) {
      MemoryGroup group = memory().root();
      for (String name : GroupKeys.components(path)) {
        String next = group.cgroup().parent() == null ? "/" + name : group.cgroup() + "/" + name;
        Cgroup above = group.cgroup();
        group = memory().find(next).orElseGet(() -> create(above.child(name)));
      }
      return group;
    }
  }

  void remove(Cgroup cgroup) {
    synchronized (this) {
      MemoryGroup group =
          memory()
              .find(cgroup)
              .orElseThrow(() ->
                  new IllegalArgumentException("the memory of " + cgroup + " is not controlled"));
      memory().remove(group);
      writeback.removeGroup(cgroup);
    }
  }

  /** The group of that path, which must be there. */
  MemoryGroup find(String path) {
    return memory()
        .find(path)
        .orElseThrow(() ->
            StackCatalog.unknown(
                "control group",
                path,
                memory().all().stream().map(group -> group.cgroup().path()).toList()));
  }

  /** Every group but the root, those above before those below. */
  List<MemoryGroup> all() {
    List<MemoryGroup> all = memory().all();
    return all.subList(1, all.size());
  }

  /** Makes the groups that a stack is to have from its beginning. */
  void createAll(List<GroupKeys.Said> said) {
    for (GroupKeys.Said one : said) {
      try {
        set(create(one.key().path()), one.key(), one.value());
      } catch (ConfigurationException e) {
        throw new ConfigurationException(one.place() + ": " + e.getMessage(), e);
      }
    }
  }

  /** Changes a setting of a group that is there. */
  void set(GroupKeys.Key key, String value) {
    set(find(key.path()), key, value);
  }

  private void set(MemoryGroup group, GroupKeys.Key key, String value) {
    GroupKeys.check(key, value);
    try {
      switch (key.family()) {
        case MEMORY_MAX -> group.setMax(GroupKeys.pages(key, value));
        case MEMORY_HIGH -> group.setHigh(GroupKeys.pages(key, value));
        case MEMORY_LOW -> group.setLow(GroupKeys.pages(key, value));
        case MEMORY_MIN -> group.setMin(GroupKeys.pages(key, value));
        case IO_WEIGHT ->
            writeback.setWeight(
                group.cgroup(), Math.toIntExact(key.family().setting().number(value)));
        case REPLACEMENT -> setReplacement(group, value);
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(key + ": " + e.getMessage(), e);
    }
  }

  private void setReplacement(MemoryGroup group, String value) {
    Selection selection = Selection.parse(value);
    Choice<Seams.ReplacementFactory> choice = catalog.choice(Seams.REPLACEMENT, selection.name());
    Values parameters = choice.values(selection);
    group.setReplacement(view -> choice.factory().create(view, parameters));
  }

  /** How every group but the root stands, by path. */
  Map<String, GroupCounters> counters() {
    Map<String, GroupCounters> counters = new LinkedHashMap<>();
    Map<String, GroupStatistics> standing = new HashMap<>();
    writeback.groups().forEach(group -> standing.put(group.cgroup(), group));
    for (MemoryGroup group : all()) {
      GroupStatistics own = standing.get(group.cgroup().path());
      if (own != null) {
        counters.put(
            group.cgroup().path(),
            new GroupCounters(group.statistics(), own, devices.groupIo(group.cgroup())));
      }
    }
    return counters;
  }
}
