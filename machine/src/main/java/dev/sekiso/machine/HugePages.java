package dev.sekiso.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Large regions of memory on huge pages.
 *
 * <p>The kernel reaches all memory through a mapping of huge pages. A virtual machine's direct
 * memory is mapped by small ones, unless the system makes all memory huge: then each copy of a
 * random page begins with a walk through the page tables, which on a guest of a hypervisor can take
 * longer than the copy. A region from here is mapped for itself and advised to be of huge pages
 * ({@code MADV_HUGEPAGE}) before it is touched. The administrator has the last word ({@code
 * /sys/kernel/mm/transparent_hugepage}).
 *
 * <p>That takes Linux and native access. Where this module has not been given that there is no
 * region, and the caller takes memory from the arena as ever.
 */
public final class HugePages {

  /** Bytes of a huge page of x86-64, and of aarch64 with pages of 4 KiB: 2 MiB. */
  public static final long SIZE = 2L << 20;

  /**
   * Bytes from which a region is worth it: 16 MiB are the 4096 small pages that a core's
   * second-level TLB knows.
   */
  public static final long WORTHWHILE = 16L << 20;

  private HugePages() {}

  /**
   * Maps a region, zeroed, aligned to {@link #SIZE}; it takes memory where it is touched.
   *
   * @param arena the region lives as long
   * @return empty when there is no native access, another system, or no room for the mapping
   */
  public static Optional<MemorySegment> map(Arena arena, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a region of " + bytes + " bytes");
    }
    if (!isPossible()) {
      return Optional.empty();
    }
    long mapped = bytes + SIZE;
    long start = Calls.map(mapped);
    if (start == Calls.MAP_FAILED) {
      return Optional.empty();
    }
    long aligned = (start + SIZE - 1) & -SIZE;
    MemorySegment region =
        MemorySegment.ofAddress(aligned)
            .reinterpret(bytes, arena, unused -> Calls.unmap(start, mapped));
    Calls.advise(aligned, bytes);
    return Optional.of(region);
  }

  /** Asked first: a native call without leave makes the JDK complain. */
  static boolean isPossible() {
    return HugePages.class.getModule().isNativeAccessEnabled()
        && System.getProperty("os.name").equals("Linux");
  }

  /** The C library's; looked up when first needed. */
  private static final class Calls {

    static final long MAP_FAILED = -1;

    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int ADVICE_HUGE_PAGE = 14;

    private static final MethodHandle MAP =
        function(
            "mmap",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));
    private static final MethodHandle UNMAP =
        function(
            "munmap",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle ADVISE =
        function(
            "madvise",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    static long map(long bytes) {
      try {
        return (long) MAP.invokeExact(0L, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      } catch (Throwable e) {
        throw new AssertionError("mmap", e);
      }
    }

    static void unmap(long start, long bytes) {
      int error;
      try {
        error = (int) UNMAP.invokeExact(start, bytes);
      } catch (Throwable e) {
        throw new AssertionError("munmap", e);
      }
      assert error == 0 : "munmap of what was mapped";
    }

    /** An error says that this kernel has no huge pages: the region is as good without. */
    static void advise(long start, long bytes) {
      try {
        int unused = (int) ADVISE.invokeExact(start, bytes, ADVICE_HUGE_PAGE);
      } catch (Throwable e) {
        throw new AssertionError("madvise", e);
      }
    }
  }
}
