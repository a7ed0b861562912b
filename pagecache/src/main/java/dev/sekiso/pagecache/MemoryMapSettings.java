package dev.sekiso.pagecache;

import dev.sekiso.pagecache.msync.MsyncPolicy;
import dev.sekiso.pagecache.msync.TrackedMsync;
import java.util.Objects;

/**
 * How a process's memory works; what differs between eras of Linux.
 *
 * @param msync what {@code msync} does, and who knows of dirty pages
 * @param nonLinear what {@code remap_file_pages} does
 * @param faultAroundBytes how much a read fault maps of what is cached around it, a power of two
 *     ({@code fault_around_bytes}); a page and less: nothing beyond the page (before Linux 3.15)
 * @param maximumAreas areas a process may have ({@code vm.max_map_count})
 */
public record MemoryMapSettings(
    MsyncPolicy msync, NonLinear nonLinear, int faultAroundBytes, int maximumAreas) {

  /** What {@code remap_file_pages} does. */
  public enum NonLinear {
    /** Rearranges the page table of one area: up to Linux 3.19. */
    IN_PLACE,
    /** Makes an area per run of pages: since Linux 4.0. */
    EMULATED
  }

  /** Linux 6.18. */
  public static final MemoryMapSettings DEFAULT =
      new MemoryMapSettings(new TrackedMsync(), NonLinear.EMULATED, 65_536, 65_530);

  public MemoryMapSettings {
    Objects.requireNonNull(msync, "msync");
    Objects.requireNonNull(nonLinear, "nonLinear");
    if (faultAroundBytes < 0 || Integer.bitCount(faultAroundBytes) > 1) {
      throw new IllegalArgumentException(
          "fault_around_bytes of " + faultAroundBytes + " is not a power of two");
    }
    if (maximumAreas < 1) {
      throw new IllegalArgumentException("a process has at least 1 area, not " + maximumAreas);
    }
  }

  public MemoryMapSettings withMsync(MsyncPolicy policy) {
    return new MemoryMapSettings(policy, nonLinear, faultAroundBytes, maximumAreas);
  }

  public MemoryMapSettings withNonLinear(NonLinear kind) {
    return new MemoryMapSettings(msync, kind, faultAroundBytes, maximumAreas);
  }

  public MemoryMapSettings withFaultAroundBytes(int bytes) {
    return new MemoryMapSettings(msync, nonLinear, bytes, maximumAreas);
  }

  public MemoryMapSettings withMaximumAreas(int count) {
    return new MemoryMapSettings(msync, nonLinear, faultAroundBytes, count);
  }

  /** Pages a read fault looks at, at least 1. */
  int faultAroundPages() {
    return Math.clamp(faultAroundBytes >> PageCache.PAGE_SHIFT, 1, PageTable.ENTRIES);
  }
}
