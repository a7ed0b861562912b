package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.HugePages;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Measures what a resident page costs beside its 4096 bytes, on and off the heap, and prints it.
 * Off the heap is only counted under {@code -XX:NativeMemoryTracking=summary}.
 *
 * <p>The first argument is the number of pages, 65536 if there is none.
 */
public final class Footprint {

  /** What the page cache promises. */
  static final double MOST_BYTES_PER_PAGE = 96;

  private static final Pattern OTHER =
      Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

  private Footprint() {}

  /**
   * Memory beside the data of so many pages.
   *
   * @param heapBytes on the heap
   * @param nativeBytes beside the frames off the heap; −1 when it was not tracked
   */
  record Measured(int pages, int frames, long heapBytes, long nativeBytes) {

    double bytesPerPage() {
      return (heapBytes + Math.max(0, nativeBytes)) / (double) pages;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d resident pages of %d frames: heap %.1f, off-heap beside the frames %s,"
              + " together %.1f bytes a page",
          pages,
          frames,
          heapBytes / (double) pages,
          nativeBytes < 0
              ? "not tracked"
              : String.format(Locale.ROOT, "%.1f", nativeBytes / (double) pages),
          bytesPerPage());
    }
  }

  public static void main(String[] arguments) throws ErrnoException {
    int pages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 65_536;
    Measured measured = measure(pages);
    System.out.println(measured);
    System.out.printf(
        Locale.ROOT,
        "at most %.0f: %s%n",
        MOST_BYTES_PER_PAGE,
        measured.bytesPerPage() <= MOST_BYTES_PER_PAGE ? "reached" : "MISSED");
  }

  /** Fills a page cache with pages and looks at what has become more. */
  static Measured measure(int pages) throws ErrnoException {
    // Once small, so that classes and threads are there before the first look, those that look
    // among them; large enough for its frames to be taken as those of a large one are.
    CachedPages small = new CachedPages();
    small.open((int) (HugePages.WORTHWHILE >> PageOrder.PAGE_SHIFT));
    small.tearDown();
    final long nativeBefore = nativeBytes();
    final long heapBefore = heapBytes();
    CachedPages cached = new CachedPages();
    cached.open(pages);
    long heap = heapBytes() - heapBefore;
    long frames = cached.cache.memory().total();
    long beside = nativeBefore < 0 ? -1 : beside(nativeBytes() - nativeBefore, frames);
    Measured measured = new Measured(pages, (int) frames, heap, beside);
    cached.tearDown();
    return measured;
  }

  /** Without the frames, where the virtual machine knows of them: huge pages it does not see. */
  private static long beside(long grown, long frames) {
    long data = frames << PageOrder.PAGE_SHIFT;
    return Math.max(0, grown >= data ? grown - data : grown);
  }

  private static long heapBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  /** Committed memory of the category that segments are counted in; −1 when it is not tracked. */
  private static long nativeBytes() {
    String report;
    try {
      report =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "vmNativeMemory",
                      new Object[] {new String[] {"summary"}},
                      new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException("this virtual machine has no diagnostic commands", e);
    }
    Matcher matcher = OTHER.matcher(report);
    return matcher.find() ? Long.parseLong(matcher.group(1)) << 10 : -1;
  }
}
