package dev.sekiso.filesystems.bdev;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The block devices a stack has, by name and by number (the kernel's {@code gendisk} map).
 * Thread-safe.
 */
public final class BlockDeviceTable {

  /** Major number of devices without one of their own (Linux's {@code blkext}). */
  public static final int MAJOR = 259;

  private final Map<String, Entry> byName = new LinkedHashMap<>();
  private final Map<Long, Entry> byNumber = new LinkedHashMap<>();
  private int nextMinor;

  /** A device and its number. */
  record Entry(BlockDevice device, long number) {}

  /**
   * Adds a device under its name.
   *
   * @return its number, as {@code stat} shows it in {@code st_rdev}
   */
  public synchronized long add(BlockDevice device) {
    if (byName.containsKey(device.name())) {
      throw new IllegalArgumentException("there is a device '" + device.name() + "' already");
    }
    Entry entry = new Entry(device, number(MAJOR, nextMinor++));
    byName.put(device.name(), entry);
    byNumber.put(entry.number, entry);
    return entry.number;
  }

  /** Takes a device away; files open on it keep it. */
  public synchronized void remove(String name) {
    Entry entry = byName.remove(name);
    if (entry != null) {
      byNumber.remove(entry.number);
    }
  }

  /** The names, in order of addition. */
  public synchronized List<String> names() {
    return new ArrayList<>(byName.keySet());
  }

  /**
   * @throws ErrnoException ENOENT when there is no such device
   */
  synchronized Entry find(String name) throws ErrnoException {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new ErrnoException(
          Errno.ENOENT, "there is no block device '" + name + "'; there are " + byName.keySet());
    }
    return entry;
  }

  /**
   * @throws ErrnoException ENXIO when there is no such device
   */
  synchronized Entry find(long number) throws ErrnoException {
    Entry entry = byNumber.get(number);
    if (entry == null) {
      throw new ErrnoException(
          Errno.ENXIO,
          "there is no block device with number %d:%d".formatted(major(number), minor(number)));
    }
    return entry;
  }

  /** A device number as Linux encodes it for user space ({@code new_encode_dev}). */
  public static long number(int major, int minor) {
    return (minor & 0xFFL) | ((long) major << 8) | ((minor & 0xFFF00L) << 12);
  }

  public static int major(long number) {
    return (int) (number >> 8) & 0xFFF;
  }

  public static int minor(long number) {
    return (int) ((number & 0xFF) | (number >> 12 & 0xFFF00));
  }
}
