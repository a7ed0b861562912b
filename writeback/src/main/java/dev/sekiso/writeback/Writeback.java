package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.InodeWriteback;
import dev.sekiso.vfs.SuperBlock;
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

  /**
   * Changes a setting of one device: what {@code /sys/class/bdi/NAME} has, {@code min_ratio},
   * {@code max_ratio} and {@code strict_limit}.
   *
   * @throws IllegalArgumentException for an unknown device or name, or a value out of range
   */
  void configureDevice(String deviceName, String name, long value);

  /**
   * Gives a control group writeback of its own on every device: what its tasks, and those of groups
   * below it, dirty from now on is written by its flushers and counts against its limits. May wait.
   *
   * @param memory what is charged to it
   * @throws IllegalArgumentException for the root, or if it has that already
   */
  void addGroup(Cgroup cgroup, GroupMemory memory);

  /**
   * The counterpart of {@link #addGroup}: what is dirty goes to the nearest group above. May wait.
   *
   * @throws IllegalArgumentException if the group was not added
   */
  void removeGroup(Cgroup cgroup);

  /**
   * Sets how much of a device the group's flushers get against those of other groups ({@code
   * io.weight}).
   *
   * @param weight 1 to 10000, 100 at first
   * @throws IllegalArgumentException if the group was not added, or for another weight
   */
  void setWeight(Cgroup cgroup, int weight);

  /** How each control group stands that was added, ordered by path. */
  List<GroupStatistics> groups();

  /**
   * Starts writing a super block's inodes that are dirty now, and waits until that is started
   * ({@code writeback_inodes_sb}): what a file system does that runs out of space.
   */
  void startWriting(SuperBlock superBlock, WritebackReason reason);

  /** How writeback stands now, all devices together. */
  WritebackCounters counters();

  /** How each device and control group stands now. */
  List<BdiStatistics> devices();

  /**
   * Tells where to ask whether a device is congested: flushers that write without waiting leave it
   * alone then. Called before anything is attached; without, none ever is.
   */
  void setCongestion(DeviceCongestion congestion);

  /** A read has ended on the device: laptop mode writes everything soon after. Must not wait. */
  void readCompleted(BackingDevice device);

  /** Ends the flushers, once they have done what is queued. Nothing may be dirtied any more. */
  @Override
  void close();
}
