package dev.sekiso.pagecache;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The region of all frames, zeroed, aligned to a page at least.
 *
 * <p>The kernel reaches its page cache through a mapping of huge pages. A virtual machine's direct
 * memory is mapped by small ones, unless the system makes all memory huge: then each copy of a
 * random page begins with a walk through the page tables, which on a guest of a hypervisor can take
 * longer than the copy. So a region larger than what small pages reach well is mapped for itself
 * and advised to be of huge pages ({@code MADV_HUGEPAGE}) before it is touched. The administrator
 * has the last word ({@code /sys/kernel/mm/transparent_hugepage}).
 *
 * <p>That takes native access, on Linux. Where the module has not been given it, or the kernel has
 * no such memory, the region comes from the arena like any other.
 */
final class FrameMemory {

  /** A huge page of x86-64, and of aarch64 with pages of 4 KiB. */
  static final long HUGE_PAGE = 2L << 20;

  /**
   * Regions below this do without: 16 MiB are the 4096 small pages that a core's second-level TLB
   * knows.
   */
  static final long LEAST_BYTES = 16L << 20;

  private static final int READ_AND_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int ADVICE_HUGE_PAGE = 14;
  private static final long MAP_FAILED = -1;

  private FrameMemory() {}

  /** A region that lives as long as the arena. */
  static MemorySegment allocate(Arena arena, long bytes) {
    if (bytes >= LEAST_BYTES && isPossible()) {
      Optional<MemorySegment> huge = map(arena, bytes);
      if (huge.isPresent()) {
        return huge.get();
      }
    }
    return arena.allocate(bytes, PageCache.PAGE_SIZE);
  }

  /** Asking first: a call without having been given native access makes the JDK complain. */
  private static boolean isPossible() {
    return FrameMemory.class.getModule().isNativeAccessEnabled()
        && System.getProperty("os.name").equals("Linux");
  }

  private static Optional<MemorySegment> map(Arena arena, long bytes) {
    Calls calls = new Calls(Linker.nativeLinker());
    long mapped = bytes + HUGE_PAGE;
    long start = calls.map(mapped);
    if (start == MAP_FAILED) {
      return Optional.empty();
    }
    long aligned = (start + HUGE_PAGE - 1) & -HUGE_PAGE;
    MemorySegment region =
        MemorySegment.ofAddress(aligned)
            .reinterpret(bytes, arena, unused -> calls.unmap(start, mapped));
    calls.adviseHugePages(aligned, bytes);
    return Optional.of(region);
  }

  /** The C library's calls. */
  private static final class Calls {
    private final MethodHandle map;
    private final MethodHandle unmap;
    private final MethodHandle advise;

    Calls(Linker linker) {
      SymbolLookup library = linker.defaultLookup();
      this.map =
          linker.downcallHandle(
              library.findOrThrow("mmap"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG));
      this.unmap =
          linker.downcallHandle(
              library.findOrThrow("munmap"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
      this.advise =
          linker.downcallHandle(
              library.findOrThrow("madvise"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT));
    }

    long map(long bytes) {
      try {
        return (long) map.invokeExact(0L, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      } catch (Throwable e) {
        throw new AssertionError("mmap", e);
      }
    }

    void unmap(long start, long bytes) {
      try {
        int error = (int) unmap.invokeExact(start, bytes);
        assert error == 0 : "munmap of what was mapped";
      } catch (Throwable e) {
        throw new AssertionError("munmap", e);
      }
    }

    /** An error says that this kernel has no huge pages: the region is as good without. */
    void adviseHugePages(long start, long bytes) {
      try {
        int unused = (int) advise.invokeExact(start, bytes, ADVICE_HUGE_PAGE);
      } catch (Throwable e) {
        throw new AssertionError("madvise", e);
      }
    }
  }
}
