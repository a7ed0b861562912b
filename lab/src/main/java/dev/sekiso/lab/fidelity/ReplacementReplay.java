package dev.sekiso.lab.fidelity;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.pagecache.MemoryGroupStatistics;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Replays a recording of page replacement: the listed pages of one file, read or written one by one
 * by a task in a memory group with a limit, on a whole stack in virtual time. An access is a hit
 * when its page was resident and up to date just before: it was there, and the access took no time.
 *
 * <p>Compared is the hit ratio with the kernel's {@code fresh} series (in which the kernel's
 * counters were folded often enough to be true).
 *
 * <p>With readahead on it matters how fast the reader is and how fast the device: pages on their
 * way are no hits. Both are taken from the recordings themselves: an access takes {@link
 * #ACCESS_NANOS} besides reading, and reading a page {@link #FAST_READ_NANOS} or {@link
 * #SLOW_READ_NANOS}. The page cache has room for the whole file and more: only the group's limit
 * presses.
 */
public final class ReplacementReplay {

  /**
   * Time of the recorder between two reads, nanoseconds: {@code rp-loop-fit}, in which 92 % of the
   * accesses read nothing, took 2.5 to 4.9 µs an access.
   */
  private static final long ACCESS_NANOS = 3_000;

  /**
   * Time of reading from the recorder's device, nanoseconds, on one half of it: {@code
   * rp-loop-1.25}, in which each access reads one page, took 15 µs an access. Half of that goes for
   * the access, for making room and for submitting; 8 µs are left on average. How far they spread
   * is not recorded: this much makes the asynchronous windows late as often as they were.
   */
  private static final long FAST_READ_NANOS = 4_000;

  /** The same on the other half. */
  private static final long SLOW_READ_NANOS = 12_000;

  /** Rate of the recorder's device: 8 pages, which most windows have, take 3 µs. */
  private static final long BYTES_PER_SECOND = 10_000_000_000L;

  /** {@code POSIX_FADV_RANDOM}. */
  private static final int RANDOM = 1;

  /** {@code POSIX_FADV_DONTNEED}. */
  private static final int DONT_NEED = 4;

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int WRITE = 1 << 31;

  private ReplacementReplay() {}

  /**
   * A recorded workload and what the kernel made of it.
   *
   * @param name the recording's
   * @param fileSystem what the kernel's file system was: {@code order0}, {@code large}, or either
   *     with a {@code j}
   * @param limitPages of the memory group
   * @param filePages size of the file
   * @param readahead whether readahead was left on
   * @param readAheadKib its size
   * @param dirtyLimitBytes the kernel's {@code dirty_ratio} of the recording machine's memory
   * @param dirtyBackgroundBytes likewise
   * @param expireCentisecs {@code dirty_expire_centisecs}
   * @param writebackCentisecs {@code dirty_writeback_centisecs}
   * @param accesses page numbers, the sign bit set for writes of the whole page
   * @param kernel hit ratio of the {@code fresh} series: mean of its runs
   * @param kernelLeast its worst run
   * @param kernelMost its best run
   */
  public record Workload(
      String name,
      String fileSystem,
      long limitPages,
      int filePages,
      boolean readahead,
      int readAheadKib,
      long dirtyLimitBytes,
      long dirtyBackgroundBytes,
      long expireCentisecs,
      long writebackCentisecs,
      int[] accesses,
      double kernel,
      double kernelLeast,
      double kernelMost) {

    /**
     * Reads a recording and its list.
     *
     * @throws IOException that names the file and what is wrong with it
     */
    public static Workload read(Path recording) throws IOException {
      try {
        JsonNode root = JsonMapper.shared().readTree(Files.readString(recording));
        JsonNode work = root.required("workload");
        JsonNode fresh = root.required("fresh");
        JsonNode vm = root.required("header").required("vm");
        long memory = root.required("header").required("mem_total_kb").asLong() << 10;
        Path list = recording.resolveSibling(work.required("list_file").asString());
        int[] accesses = list(list, work.required("list_format").asString());
        return new Workload(
            work.required("name").asString(),
            work.required("fs").asString(),
            work.required("mem_limit_pages").asLong(),
            work.required("file_pages").asInt(),
            work.required("readahead").asBoolean(),
            work.required("ra_kb").asInt(),
            memory / 100 * vm.required("dirty_ratio").asLong(),
            memory / 100 * vm.required("dirty_background_ratio").asLong(),
            vm.required("dirty_expire_centisecs").asLong(),
            vm.required("dirty_writeback_centisecs").asLong(),
            accesses,
            fresh.required("hit_ratio_mean").asDouble(),
            fresh.required("hit_ratio_min").asDouble(),
            fresh.required("hit_ratio_max").asDouble());
      } catch (JacksonException | IllegalArgumentException e) {
        throw new IOException(recording + " is no recording of replacement: " + e.getMessage(), e);
      }
    }

    private static int[] list(Path file, String format) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      boolean isShort = format.startsWith("u16");
      int[] accesses = new int[bytes.remaining() / (isShort ? Short.BYTES : Integer.BYTES)];
      for (int i = 0; i < accesses.length; i++) {
        accesses[i] = isShort ? bytes.getShort() & 0xffff : bytes.getInt();
      }
      return accesses;
    }
  }

  /**
   * What came of it.
   *
   * @param workload what was replayed
   * @param hits accesses whose page was resident
   * @param group the memory group's figures at the end
   */
  public record Result(Workload workload, long hits, MemoryGroupStatistics group) {

    /** Our hit ratio. */
    public double hitRatio() {
      return (double) hits / workload.accesses().length;
    }

    /** Ours less the kernel's, in percentage points. */
    public double differencePoints() {
      return (hitRatio() - workload.kernel()) * 100;
    }

    /** Whether ours is within one percentage point of the kernel's. */
    public boolean agrees() {
      return Math.abs(differencePoints()) <= 1;
    }

    @Override
    public String toString() {
      return "%-22s ours %.4f, kernel %.4f (%.4f to %.4f): %+.2f points"
          .formatted(
              workload.name(),
              hitRatio(),
              workload.kernel(),
              workload.kernelLeast(),
              workload.kernelMost(),
              differencePoints());
    }
  }

  /** Which pages of which file are resident, as the page cache tells. */
  private static final class Residency implements Tracer {
    private final Map<String, BitSet> byFile = new HashMap<>();

    private static boolean isAdd(Tracepoint point) {
      return point.name().equals("mm_filemap_add_to_page_cache");
    }

    @Override
    public boolean enabled() {
      return true;
    }

    @Override
    public boolean enabled(Tracepoint point) {
      return isAdd(point) || point.name().equals("mm_filemap_delete_from_page_cache");
    }

    @Override
    public synchronized void emit(Tracepoint point, Object... values) {
      if (!enabled(point)) {
        return;
      }
      BitSet pages = byFile.computeIfAbsent((String) values[0], file -> new BitSet());
      int index = ((Number) values[1]).intValue();
      int count = 1 << ((Number) values[2]).intValue();
      pages.set(index, index + count, isAdd(point));
    }

    /** The pages of the file that has most of them: the one just written. */
    synchronized BitSet ofLargest() {
      return byFile.values().stream()
          .max((a, b) -> Integer.compare(a.cardinality(), b.cardinality()))
          .orElseThrow();
    }
  }

  /**
   * Replays a workload with a replacement policy.
   *
   * @param policy by name, as {@code active-inactive}
   * @throws ErrnoException when the stack cannot be built or an access fails
   */
  public static Result replay(Workload workload, String policy) throws ErrnoException {
    Residency residency = new Residency();
    long fileBytes = (long) workload.filePages() * PAGE;
    long room = 2 * fileBytes + (64L << 20);
    Outcome<Result> outcome =
        StorageStack.builder()
            .simulated(1)
            .device(device(2 * fileBytes + (64L << 20)))
            .set("syscall_nanos", "0")
            .set("copy_nanos_per_page", "0")
            .memory(Long.toString(room))
            .replacement(policy)
            .set("large_folios", workload.fileSystem().startsWith("large") ? "on" : "off")
            .set("read_ahead_kb", Integer.toString(workload.readAheadKib()))
            .set("dirty_bytes", Long.toString(workload.dirtyLimitBytes()))
            .set("dirty_background_bytes", Long.toString(workload.dirtyBackgroundBytes()))
            .set("dirty_expire_centisecs", Long.toString(workload.expireCentisecs()))
            .set("dirty_writeback_centisecs", Long.toString(workload.writebackCentisecs()))
            .tracer(residency)
            .run(stack -> run(stack, workload, residency));
    return outcome.value();
  }

  /** A disk as fast as the recorder's, with no channel that could be a bottleneck. */
  private static String device(long bytes) {
    return "nvme:"
        + bytes
        + "?read_4k_fast_nanos=%1$d&read_fast_nanos=%1$d".formatted(FAST_READ_NANOS)
        + "&read_4k_slow_nanos=%1$d&read_slow_nanos=%1$d".formatted(SLOW_READ_NANOS)
        + "&command_4k_nanos=0&command_nanos=0"
        + "&channel_bytes_per_second=%d".formatted(100 * BYTES_PER_SECOND)
        + "&link_bytes_per_second=%d".formatted(BYTES_PER_SECOND);
  }

  private static Result run(StorageStack stack, Workload workload, Residency residency)
      throws ErrnoException {
    Vfs vfs = stack.vfs();
    OpenFile file = vfs.open("/file", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    byte[] chunk = new byte[256 * PAGE];
    long size = (long) workload.filePages() * PAGE;
    for (long at = 0; at < size; at += chunk.length) {
      vfs.pwrite(file, chunk, at);
    }
    vfs.fsync(file);
    BitSet resident = residency.ofLargest();
    // The cold start: the file's pages go, what says where they are on the device stays.
    vfs.fadvise(file, 0, 0, DONT_NEED);
    if (!resident.isEmpty()) {
      throw new IllegalStateException(resident.cardinality() + " pages could not be dropped");
    }
    if (!workload.readahead()) {
      vfs.fadvise(file, 0, 0, RANDOM);
    }
    Cgroup cgroup = Cgroup.ROOT.child("replay");
    MemoryGroup group = stack.pageCache().memoryGroups().create(cgroup);
    group.setMax(workload.limitPages());
    long hits =
        TaskContext.current()
            .withCgroup(cgroup)
            .<Long, ErrnoException>call(() -> access(stack, file, workload, resident));
    MemoryGroupStatistics figures = group.statistics();
    vfs.close(file);
    return new Result(workload, hits, figures);
  }

  private static long access(StorageStack stack, OpenFile file, Workload workload, BitSet resident)
      throws ErrnoException {
    Vfs vfs = stack.vfs();
    byte[] page = new byte[PAGE];
    long hits = 0;
    for (int access : workload.accesses()) {
      int index = access & ~WRITE;
      boolean isResident = resident.get(index);
      long before = stack.machine().nanoTime();
      if (access < 0) {
        vfs.pwrite(file, page, (long) index * PAGE);
      } else {
        vfs.pread(file, page, (long) index * PAGE);
      }
      hits += isResident && stack.machine().nanoTime() == before ? 1 : 0;
      stack.machine().sleep(ACCESS_NANOS);
    }
    return hits;
  }
}
