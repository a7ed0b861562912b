package dev.sekiso.writeback;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How writeback of a control group stands; pages of the group and those below it.
 *
 * @param cgroup the group's path
 * @param fileDirty dirty and not yet being written
 * @param fileWriteback being written
 * @param dirtyThreshold may be dirty at most
 * @param backgroundThreshold from here flushers write on their own
 * @param weight of its writing on a device, against that of others
 * @param devices what its own flushers did, a device each
 */
public record GroupStatistics(
    String cgroup,
    long fileDirty,
    long fileWriteback,
    long dirtyThreshold,
    long backgroundThreshold,
    int weight,
    List<Device> devices) {

  private static final long PAGE_BYTES = 4096;

  /**
   * A device's part.
   *
   * @param name the device's
   * @param dirtied pages of its inodes that went dirty since the beginning
   * @param written pages of its inodes written since the beginning
   * @param bandwidth pages per second
   */
  public record Device(String name, long dirtied, long written, long bandwidth) {}

  /** By the names of {@code memory.stat}, in bytes. */
  public Map<String, Long> asMemoryStat() {
    Map<String, Long> stat = new LinkedHashMap<>();
    stat.put("file_dirty", fileDirty * PAGE_BYTES);
    stat.put("file_writeback", fileWriteback * PAGE_BYTES);
    return stat;
  }

  /** What was written back, as {@code io.stat} has it: {@code NAME wbytes=N}, a line each. */
  public String asIoStat() {
    return devices.stream()
        .map(device -> device.name() + " wbytes=" + device.written() * PAGE_BYTES)
        .collect(Collectors.joining("\n"));
  }
}
