package dev.sekiso.stack;

import dev.sekiso.writeback.Writeback;
import dev.sekiso.writeback.WritebackSettings;
import java.util.List;

/**
 * The keys of {@code /proc/sys/vm} that govern writeback. A ratio and its bytes exclude each other:
 * what was said last counts, and 0 bytes say nothing. Devices have {@code NAME/bdi/min_ratio},
 * {@code max_ratio} and {@code strict_limit} besides.
 */
final class WritebackKeys {

  private static final long MOST_BYTES = 1L << 50;
  private static final String OF_DEVICE = "bdi/";
  private static final String DIRTYABLE = "percent of dirtyable memory";

  private WritebackKeys() {}

  static List<Setting> all() {
    WritebackSettings kernel = WritebackSettings.DEFAULT;
    return List.of(
        number(
            "dirty_background_ratio",
            kernel.dirtyBackgroundRatio(),
            100,
            DIRTYABLE,
            "dirty pages beyond which flushers start"),
        bytes("dirty_background_bytes", "the same in bytes; 0: the ratio counts"),
        number(
            "dirty_ratio",
            kernel.dirtyRatio(),
            100,
            DIRTYABLE,
            "dirty pages beyond which writers have to wait"),
        bytes("dirty_bytes", "the same in bytes; 0: the ratio counts"),
        number(
            "dirty_writeback_centisecs",
            kernel.dirtyWritebackCentisecs(),
            Integer.MAX_VALUE,
            "centiseconds",
            "how often flushers look for old dirty pages; 0: never"),
        number(
            "dirty_expire_centisecs",
            kernel.dirtyExpireCentisecs(),
            Integer.MAX_VALUE,
            "centiseconds",
            "age at which dirty pages are written"),
        number(
            "dirtytime_expire_seconds",
            kernel.dirtytimeExpireSeconds(),
            Integer.MAX_VALUE,
            "seconds",
            "age at which times alone are written, under lazytime"),
        number(
            "laptop_mode",
            kernel.laptopMode(),
            Integer.MAX_VALUE,
            "seconds",
            "after a read, time until everything is written; 0: off"));
  }

  /** What each device has in its {@code bdi}. */
  static List<Setting> ofDevice() {
    return List.of(
        number(
            OF_DEVICE + "min_ratio",
            0,
            100,
            "percent",
            "part of the dirty limit kept for the device"),
        number(OF_DEVICE + "max_ratio", 100, 100, "percent", "part of the dirty limit it may use"),
        number(
            OF_DEVICE + "strict_limit",
            0,
            1,
            "",
            "1: its part of the limit binds even while all devices are below theirs"));
  }

  private static Setting number(
      String name, int defaultValue, int most, String unit, String description) {
    return Setting.integer(name, Integer.toString(defaultValue), 0, most, unit, description).live();
  }

  private static Setting bytes(String name, String description) {
    return Setting.size(name, "0", 0, MOST_BYTES, description).live();
  }

  private static boolean saysNothing(String key, long value) {
    return key.endsWith("_bytes") && value == 0;
  }

  /** What the stack's settings say. */
  static WritebackSettings settings(StackSettings stack) {
    List<String> keys = all().stream().map(Setting::name).toList();
    WritebackSettings settings = WritebackSettings.DEFAULT;
    for (String key : stack.keysAsSaid()) {
      if (keys.contains(key) && !saysNothing(key, stack.number(key))) {
        try {
          settings = settings.with(key, stack.number(key));
        } catch (IllegalArgumentException e) {
          throw new ConfigurationException(stack.place(key) + ": " + e.getMessage(), e);
        }
      }
    }
    return settings;
  }

  /** Changes one on a running layer. */
  static void set(Writeback writeback, Setting setting, String value) {
    String name = setting.name();
    long number = setting.number(value);
    if (saysNothing(name, number)) {
      throw new ConfigurationException(
          "0 bytes say nothing; set " + name.replace("_bytes", "_ratio") + " instead");
    }
    try {
      writeback.configure(name, number);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  /** Whether a device's setting is writeback's: what {@code /sys/block/NAME/bdi} has. */
  static boolean isOfDevice(String name) {
    return name.startsWith(OF_DEVICE);
  }

  /** Changes one of a device on a running layer: {@code bdi/min_ratio} and its kin. */
  static void set(Writeback writeback, String device, String name, String value) {
    try {
      writeback.configureDevice(
          device, name.substring(OF_DEVICE.length()), Long.parseLong(value.strip()));
    } catch (NumberFormatException e) {
      throw new ConfigurationException(
          device + "/" + name + ": '" + value + "' is not a whole number", e);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(device + "/" + name + ": " + e.getMessage(), e);
    }
  }
}
