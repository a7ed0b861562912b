package dev.sekiso.lab.job;

import java.util.List;

/**
 * One job, all options settled. Sizes are bytes, times nanoseconds.
 *
 * @param place file and line that say what it does, as {@code job.fio:2}, for messages
 * @param name the section's name
 * @param instance number among the section's {@code numjobs} clones, from 0
 * @param phase jobs of one phase run together; a phase starts when the one before has ended
 * @param group fio's group id: jobs of one number have one "Run status group"
 * @param reportingGroup jobs with one number are reported together
 * @param files names of the files it works on, in turn, relative to the stack's root unless
 *     absolute
 * @param fileSize bytes of each file it works on; 0 for the size the file has
 * @param offset where in the file it starts
 * @param readBlockSize bytes of a read
 * @param writeBlockSize bytes of a write
 * @param trimBlockSize bytes of a trim, and of the write that follows it in {@code trimwrite}
 * @param readPercent share of reads in a mixed pattern, 0 to 100
 * @param runtimeNanos most time it runs, 0 for no limit
 * @param timeBased whether it starts over until the time is used up
 * @param loops passes over the file
 * @param ioLimit most bytes it transfers, 0 for the size of its files times its loops
 * @param fsyncEvery writes between calls of fsync, 0 for none
 * @param fdatasyncEvery writes between calls of fdatasync, 0 for none
 * @param endFsync whether each file is synced when the job has written it all
 * @param direct past the page cache
 * @param synchronous whether files are opened with O_SYNC
 * @param invalidate whether cached pages of the file are dropped before it starts
 * @param cgroup the control group it runs in
 * @param repetition whether random blocks may repeat before all were visited ({@code norandommap})
 */
public record Job(
    String place,
    String name,
    int instance,
    int phase,
    int group,
    int reportingGroup,
    AccessPattern pattern,
    IoEngine engine,
    List<String> files,
    long fileSize,
    long offset,
    int readBlockSize,
    int writeBlockSize,
    int trimBlockSize,
    int readPercent,
    int ioDepth,
    long runtimeNanos,
    boolean timeBased,
    long startDelayNanos,
    long thinkTimeNanos,
    int loops,
    long ioLimit,
    int fsyncEvery,
    int fdatasyncEvery,
    boolean endFsync,
    boolean direct,
    boolean synchronous,
    boolean invalidate,
    Repetition repetition,
    Group cgroup,
    long seed) {

  /**
   * The control group a job runs in.
   *
   * @param path of the group, as {@code /slow}; empty for that of the run
   * @param weight its {@code io.weight}, 0 to leave it as it is
   * @param stays whether it is left when it was made for the job ({@code cgroup_nodelete})
   */
  public record Group(String path, int weight, boolean stays) {

    /** Whether there is one. */
    public boolean isNamed() {
      return !path.isEmpty();
    }
  }

  /** Whether a random sequence may touch a block again before it has touched all. */
  public enum Repetition {
    NEVER_BEFORE_ALL,
    ALLOWED
  }

  public Job {
    files = List.copyOf(files);
  }

  /** Bytes of the largest transfer it makes, which is how far apart its blocks lie. */
  public int largestBlockSize() {
    return pattern.trims() ? trimBlockSize : Math.max(readBlockSize, writeBlockSize);
  }

  /** Name and instance, unique in its file: {@code reader} or {@code reader.2}. */
  public String label() {
    return instance == 0 ? name : name + "." + instance;
  }
}
