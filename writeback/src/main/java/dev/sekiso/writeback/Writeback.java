package dev.sekiso.writeback;

import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.InodeWriteback;
import java.util.List;

/**
 * The writeback layer as its users see it: the VFS's {@link InodeWriteback}, plus settings and
 * counters.
 *
 * <p>{@code cgroup} ({@link CgroupWriteback}) is the real one; {@code write-through} ({@link
 * WriteThrough}) leaves nothing dirty. Every {@link BackingDevice} that {@link #attach} returns is
 * also a {@link dev.sekiso.pagecache.DirtyListener}, to be given to the page cache with each
 * address space of the device.
 */
public interface Writeback extends InodeWriteback, AutoCloseable {

  /** The settings in force. */
  WritebackSettings settings();

  /** Puts settings in force at once, as writing to {@code /proc/sys/vm} does. */
  void configure(WritebackSettings settings);

  /**
   * Changes one setting by the kernel's name.
   *
   * @throws IllegalArgumentException for an unknown name or a value out of range
   */
  void configure(String name, long value);

  /** How writeback stands now, all devices together. */
  WritebackCounters counters();

  /** How each device and control group stands now. */
  List<BdiStatistics> devices();

  /** A read has ended on the device: laptop mode writes everything soon after. Must not wait. */
  void readCompleted(BackingDevice device);

  /** Ends the flushers, once they have done what is queued. Nothing may be dirtied any more. */
  @Override
  void close();
}
