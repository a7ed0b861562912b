package dev.sekiso.stack;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.blockdev.GroupIo;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.Tunable;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The devices of a stack: opens addresses, from the drivers up, and knows every queue by name. The
 * device {@code sda} at {@code mirror(ram:1m,ram:1m)} stands over {@code sda-0} and {@code sda-1}.
 * Built by one task; read by any afterwards.
 */
final class Devices {

  private static final String SCHEDULER = "scheduler";

  /** Keys of the stack that are tunables of every queue. */
  private static final List<String> QUEUE_SETTINGS = List.of("nr_requests", "read_ahead_kb");

  private final StackCatalog catalog;
  private final StackSettings settings;
  private final Machine machine;
  private final Map<String, Media> media;
  private final Map<String, BlockDevice> top = new LinkedHashMap<>();
  private final Map<String, BlockDevice> all = new TreeMap<>();

  /** Leaves whose contents this stack has not begun. */
  private final Set<String> used = new HashSet<>();

  private final List<BlockDriver> drivers = new ArrayList<>();

  /**
   * @param media contents of devices in memory by name; found there if an earlier stack left some,
   *     put there otherwise
   */
  Devices(StackCatalog catalog, StackSettings settings, Machine machine, Map<String, Media> media) {
    this.catalog = catalog;
    this.settings = settings;
    this.machine = machine;
    this.media = media;
  }

  /** Opens every device the settings name; each is noted for release as soon as it is open. */
  void open(Releases releases) throws ErrnoException {
    for (Map.Entry<String, Selection> device : settings.devices().entrySet()) {
      try {
        int driversBefore = drivers.size();
        BlockDevice opened = open(device.getKey(), device.getValue());
        List<BlockDriver> itsDrivers = List.copyOf(drivers.subList(driversBefore, drivers.size()));
        releases.add(opened::close, () -> closeAll(itsDrivers));
        top.put(device.getKey(), opened);
      } catch (ConfigurationException e) {
        throw new ConfigurationException(
            settings.place("device." + device.getKey())
                + ": device "
                + device.getKey()
                + ": "
                + e.getMessage(),
            e);
      }
    }
    for (StackSettings.DeviceSetting setting : settings.deviceSettings()) {
      if (WritebackKeys.isOfDevice(setting.name())) {
        continue;
      }
      try {
        set(setting.device(), setting.name(), setting.value());
      } catch (ConfigurationException e) {
        throw new ConfigurationException(setting.place() + ": " + e.getMessage(), e);
      }
    }
  }

  /** Closes the drivers alone, whose queues can no longer be waited for. */
  private static void closeAll(List<BlockDriver> drivers) throws ErrnoException {
    Releases releases = new Releases();
    drivers.forEach(driver -> releases.add(driver::close));
    releases.close();
  }

  private BlockDevice open(String name, Selection address) throws ErrnoException {
    BlockDevice device = address.inner().isEmpty() ? leaf(name, address) : over(name, address);
    all.put(name, device);
    return device;
  }

  private BlockDevice leaf(String name, Selection address) throws ErrnoException {
    Choice<Seams.DriverFactory> choice = driver(address);
    Values values = choice.values(address);
    used.add(name);
    BlockDriver driver =
        choice
            .factory()
            .open(
                new Seams.DriverRequest(
                    machine, name, address.argument(), values, bytes -> media(name, bytes)));
    try {
      BlockDevice queue = layer().factory().create(machine, name, driver, scheduler(driver));
      for (String key : QUEUE_SETTINGS) {
        if (settings.has(key)) {
          tunable(name, queue, key).set(settings.number(key));
        }
      }
      drivers.add(driver);
      return queue;
    } catch (ErrnoException | RuntimeException e) {
      closeAfter(e, driver::close);
      throw e;
    }
  }

  private BlockDevice over(String name, Selection address) throws ErrnoException {
    Choice<Seams.TargetFactory> choice = target(address);
    Values values = choice.values(address);
    List<BlockDevice> inner = new ArrayList<>();
    try {
      for (Selection below : address.inner()) {
        inner.add(open(name + "-" + inner.size(), below));
      }
      return choice.factory().create(new Seams.TargetRequest(machine, name, inner, values));
    } catch (ErrnoException | RuntimeException e) {
      for (BlockDevice opened : inner) {
        closeAfter(e, opened::close);
      }
      throw e;
    }
  }

  private static void closeAfter(Exception failure, Releases.Step close) {
    try {
      close.release();
    } catch (ErrnoException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private Choice<Seams.DriverFactory> driver(Selection address) {
    if (catalog.has(Seams.TARGET, address.name())) {
      throw new ConfigurationException(
          "'" + address.name() + "' stands over another device: " + address.name() + "(ram:64m)");
    }
    Choice<Seams.DriverFactory> choice = catalog.choice(Seams.DRIVER, address.name());
    if (address.argument().isEmpty()) {
      throw new ConfigurationException(
          "'" + address.name() + "' needs to be told what: " + choice.description());
    }
    return choice;
  }

  private Choice<Seams.TargetFactory> target(Selection address) {
    if (catalog.has(Seams.DRIVER, address.name())) {
      throw new ConfigurationException(
          "'" + address.name() + "' is a device of its own and stands over no other");
    }
    return catalog.choice(Seams.TARGET, address.name());
  }

  private Choice<Seams.BlockQueueFactory> layer() {
    return catalog.choice(Seams.BLOCK_QUEUE, settings.text("layer.blockqueue"));
  }

  private IoScheduler.Factory scheduler(BlockDriver driver) {
    String byKind = driver.limits().rotational() ? "scheduler.rotational" : "scheduler.solid";
    String key = settings.has(SCHEDULER) ? SCHEDULER : byKind;
    return settings.has(key) ? scheduler(settings.selection(key)) : scheduler(Selection.of("none"));
  }

  /** A scheduler with its parameters set: they are the tunables of the same name. */
  private IoScheduler.Factory scheduler(Selection selection) {
    Choice<Seams.SchedulerFactory> choice = catalog.choice(Seams.SCHEDULER, selection.name());
    Values values = choice.values(selection);
    return host -> {
      IoScheduler scheduler = choice.factory().create(host, values);
      Map<String, Tunable> tunables = scheduler.settings();
      for (String name : selection.parameters().keySet()) {
        Tunable tunable = tunables.get(name);
        if (tunable != null) {
          tunable.writer().accept(values.number(name));
        }
      }
      return scheduler;
    };
  }

  private Media media(String name, long bytes) {
    Media found = media.get(name);
    if (found == null) {
      found = new Media(bytes >> Bio.SECTOR_SHIFT);
      media.put(name, found);
      used.remove(name);
    }
    long size = found.sectors() << Bio.SECTOR_SHIFT;
    if (size != bytes) {
      throw new ConfigurationException(
          "the contents left behind for "
              + name
              + " are of "
              + Quantities.size(size)
              + ", the address asks for "
              + Quantities.size(bytes));
    }
    return found;
  }

  /** Whether nothing is on a device but the zeroes it was made with, before anybody uses it. */
  boolean isFresh(String name) {
    return used.stream().noneMatch(leaf -> leaf.equals(name) || leaf.startsWith(name + "-"));
  }

  /** The devices the settings name, in their order. */
  Map<String, BlockDevice> top() {
    return top;
  }

  /** Every device's counters, those below others included, by name. */
  Map<String, DeviceCounters> counters() {
    Map<String, DeviceCounters> counters = new LinkedHashMap<>();
    all.forEach((name, device) -> counters.put(name, device.counters()));
    return counters;
  }

  /** What each device was asked for a group and those below it, without those that did nothing. */
  Map<String, GroupIo> groupIo(Cgroup group) {
    Map<String, GroupIo> result = new LinkedHashMap<>();
    all.forEach((name, device) -> {
      GroupIo io = device.groupIo(group);
      if (!io.equals(GroupIo.NONE)) {
        result.put(name, io);
      }
    });
    return result;
  }

  /** What writeback is to ask about their queues. */
  QueueCongestion congestion() {
    return new QueueCongestion(machine, all);
  }

  /**
   * What can be changed on live devices: {@code sda/nr_requests}, {@code sda/iosched/fifo_batch}.
   */
  Map<String, Tunable> tunables() {
    Map<String, Tunable> tunables = new LinkedHashMap<>();
    all.forEach((name, device) -> {
      if (device instanceof RequestQueue queue) {
        queue.settings().forEach((key, tunable) -> tunables.put(name + "/" + key, tunable));
      }
    });
    return tunables;
  }

  /** Whether the stack's key is one of every queue. */
  static boolean isQueueSetting(String key) {
    return key.equals(SCHEDULER) || QUEUE_SETTINGS.contains(key);
  }

  /** Changes a tunable, or the scheduler, of every queue; of none if one could not take it. */
  void setAll(String key, String value) throws ErrnoException {
    Map<String, RequestQueue> queues = new LinkedHashMap<>();
    all.forEach((name, device) -> {
      if (device instanceof RequestQueue queue) {
        queues.put(name, queue);
      }
    });
    if (queues.isEmpty()) {
      throw new ConfigurationException(
          "no device has a " + key + ": " + (all.isEmpty() ? "there is none" : "none has a queue"));
    }
    if (key.equals(SCHEDULER)) {
      IoScheduler.Factory factory = scheduler(Selection.parse(value));
      queues.values().forEach(queue -> queue.setScheduler(factory));
      return;
    }
    Map<Tunable, Long> changes = new LinkedHashMap<>();
    for (Map.Entry<String, RequestQueue> queue : queues.entrySet()) {
      Tunable tunable = tunable(queue.getKey(), queue.getValue(), key);
      changes.put(tunable, number(queue.getKey(), tunable, value));
    }
    for (Map.Entry<Tunable, Long> change : changes.entrySet()) {
      change.getKey().set(change.getValue());
    }
  }

  /** Changes a tunable, or the scheduler, of a device. */
  void set(String name, String key, String value) throws ErrnoException {
    BlockDevice device = all.get(name);
    if (device == null) {
      throw StackCatalog.unknown("device", name, all.keySet());
    }
    if (key.equals(SCHEDULER)) {
      queue(name, device, key).setScheduler(scheduler(Selection.parse(value)));
      return;
    }
    Tunable tunable = tunable(name, device, key);
    tunable.set(number(name, tunable, value));
  }

  /** The text as a value that the tunable takes. */
  private static long number(String device, Tunable tunable, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= tunable.least() && number <= tunable.most()) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, like a number out of range.
    }
    throw new ConfigurationException(
        "'"
            + value
            + "' is no value for "
            + device
            + "/"
            + tunable.name()
            + ": allowed is "
            + tunable.least()
            + " to "
            + tunable.most()
            + " "
            + tunable.unit());
  }

  private static RequestQueue queue(String name, BlockDevice device, String key) {
    if (device instanceof RequestQueue queue) {
      return queue;
    }
    throw new ConfigurationException(
        name + " has no " + key + ": it is a " + device.getClass().getSimpleName());
  }

  private static Tunable tunable(String name, BlockDevice device, String key) {
    Map<String, Tunable> tunables = queue(name, device, key).settings();
    Tunable tunable = tunables.get(key);
    if (tunable == null) {
      throw StackCatalog.unknown("setting of " + name, key, tunables.keySet());
    }
    return tunable;
  }
}
