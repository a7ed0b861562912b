package dev.sekiso.blockdev;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What has been asked of a device on behalf of a control group ({@code io.stat}), counted bio by
 * bio as they are submitted, before they are cut or merged.
 *
 * @param readBytes bytes to be read
 * @param writtenBytes bytes to be written
 * @param discardedBytes bytes to be discarded
 * @param reads bios that read
 * @param writes bios that write
 * @param discards bios that discard
 */
public record GroupIo(
    long readBytes,
    long writtenBytes,
    long discardedBytes,
    long reads,
    long writes,
    long discards) {

  /** Nothing. */
  public static final GroupIo NONE = new GroupIo(0, 0, 0, 0, 0, 0);

  /** The sum of two. */
  public GroupIo plus(GroupIo other) {
    return new GroupIo(
        readBytes + other.readBytes,
        writtenBytes + other.writtenBytes,
        discardedBytes + other.discardedBytes,
        reads + other.reads,
        writes + other.writes,
        discards + other.discards);
  }

  /** The figures by the names of {@code io.stat}. */
  public Map<String, Long> asIoStat() {
    Map<String, Long> stat = new LinkedHashMap<>();
    stat.put("rbytes", readBytes);
    stat.put("wbytes", writtenBytes);
    stat.put("rios", reads);
    stat.put("wios", writes);
    stat.put("dbytes", discardedBytes);
    stat.put("dios", discards);
    return stat;
  }
}
