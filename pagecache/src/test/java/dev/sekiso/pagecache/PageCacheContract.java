package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What every page cache promises about content, on every machine. A subclass says which cache and
 * which machine.
 */
public abstract class PageCacheContract {

  protected static final int PAGE = PageCache.PAGE_SIZE;

  /** Something done on a machine. */
  @FunctionalInterface
  protected interface Body {
    void run(Machine machine) throws Exception;
  }

  /** Runs a body as a task of a new machine, until it and what it started have ended. */
  protected abstract void onMachine(Body body) throws Exception;

  protected abstract PageCache newCache(Machine machine, PageCacheSettings settings);

  /** A file in a cache. */
  protected record Opened(
      Machine machine, PageCache cache, FakeFile file, AddressSpace pages, ReadaheadState state) {

    byte[] read(long position, int length) throws ErrnoException {
      return read(position, length, 0);
    }

    byte[] read(long position, int length, int flags) throws ErrnoException {
      byte[] bytes = new byte[length];
      int count = pages.read(state, position, MemorySegment.ofArray(bytes), flags);
      return Arrays.copyOf(bytes, count);
    }

    void write(long position, byte[] bytes) throws ErrnoException {
      assertThat(pages.write(position, MemorySegment.ofArray(bytes), 0)).isEqualTo(bytes.length);
    }
  }

  /** Something done with a file. */
  @FunctionalInterface
  protected interface FileBody {
    void run(Opened file) throws Exception;
  }

  /** Runs a body with a file of random content; checks the cache's invariants afterwards. */
  protected void withFile(int capacityPages, int fileBytes, FileBody body) throws Exception {
    onMachine(machine -> {
      PageCache cache = newCache(machine, PageCacheSettings.ofPages(capacityPages));
      FakeFile file = new FakeFile(machine, 256 * PAGE, fileBytes);
      new Random(fileBytes).nextBytes(file.device());
      Arrays.fill(file.device(), fileBytes, file.device().length, (byte) 0);
      AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      body.run(new Opened(machine, cache, file, pages, new ReadaheadState(32)));
      pages.waitForWriteback(0, Long.MAX_VALUE >> 12);
      assertThat(violationsAtRest(machine, cache)).isEmpty();
      pages.close();
      assertThat(violationsAtRest(machine, cache)).isEmpty();
      assertThat(cache.memory().free()).isEqualTo(capacityPages);
      cache.close();
    });
  }

  /** Lets reads in flight and daemons come to rest. */
  protected static void settle(Machine machine, PageCache cache) {
    for (int i = 0; i < 200 && !PageCacheInvariants.of(cache).violations().isEmpty(); i++) {
      machine.sleep(1_000_000);
    }
  }

  /**
   * What the invariants find once reads in flight and daemons have come to rest: nothing, unless
   * something is wrong and stays so.
   */
  protected static List<String> violationsAtRest(Machine machine, PageCache cache) {
    List<String> violations = PageCacheInvariants.of(cache).violations();
    for (int look = 0; look < 5000 && !violations.isEmpty(); look++) {
      machine.sleep(1_000_000);
      violations = PageCacheInvariants.of(cache).violations();
    }
    return violations;
  }

  private static byte[] pattern(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] part(byte[] bytes, int from, int length) {
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  private static void assertFails(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  @Test
  void read_ofUncachedFile_givesWhatTheDeviceHolds() throws Exception {
    withFile(
        64,
        40 * PAGE,
        f -> {
          assertThat(f.read(0, 40 * PAGE)).isEqualTo(part(f.file.device(), 0, 40 * PAGE));
          assertThat(f.read(5, 3)).isEqualTo(part(f.file.device(), 5, 3));
          assertThat(f.read(PAGE - 1, PAGE + 2))
              .isEqualTo(part(f.file.device(), PAGE - 1, PAGE + 2));
        });
  }

  @Test
  void read_acrossEndOfFile_isShort() throws Exception {
    withFile(
        64,
        3 * PAGE + 100,
        f -> {
          assertThat(f.read(3 * PAGE, PAGE)).isEqualTo(part(f.file.device(), 3 * PAGE, 100));
          assertThat(f.read(2 * PAGE, 9 * PAGE)).hasSize(PAGE + 100);
          assertThat(f.read(3 * PAGE + 100, 1)).isEmpty();
          assertThat(f.read(100 * PAGE, PAGE)).isEmpty();
          assertThat(f.read(0, 0)).isEmpty();
        });
  }

  @Test
  void read_ofFileLargerThanTheCache_givesAll() throws Exception {
    withFile(
        16,
        200 * PAGE,
        f -> {
          assertThat(f.read(0, 200 * PAGE)).isEqualTo(part(f.file.device(), 0, 200 * PAGE));
          for (int page = 199; page >= 0; page -= 7) {
            assertThat(f.read((long) page * PAGE, PAGE))
                .isEqualTo(part(f.file.device(), page * PAGE, PAGE));
          }
        });
  }

  @Test
  void write_isSeenByRead_alsoInPartsOfPages() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          byte[] expected = part(f.file.device(), 0, 10 * PAGE);
          int[][] writes = {{0, 10}, {PAGE - 5, 10}, {3 * PAGE, PAGE}, {5 * PAGE + 1, 3 * PAGE}};
          for (int[] write : writes) {
            byte[] bytes = pattern(write[1], write[0]);
            f.write(write[0], bytes);
            System.arraycopy(bytes, 0, expected, write[0], bytes.length);
            assertThat(f.read(0, 20 * PAGE)).isEqualTo(expected);
          }
          f.pages.writeAndWait(0, Long.MAX_VALUE);
          assertThat(part(f.file.device(), 0, 10 * PAGE)).isEqualTo(expected);
          assertThat(f.pages.dirtyPages()).isZero();
        });
  }

  @Test
  void write_behindTheEnd_leavesZeroesBetween() throws Exception {
    withFile(
        64,
        100,
        f -> {
          byte[] tail = pattern(50, 1);
          f.write(5 * PAGE + 7, tail);
          byte[] expected = Arrays.copyOf(f.file.device(), 5 * PAGE + 57);
          Arrays.fill(expected, 100, expected.length, (byte) 0);
          System.arraycopy(tail, 0, expected, 5 * PAGE + 7, 50);
          assertThat(f.read(0, 10 * PAGE)).isEqualTo(expected);
        });
  }

  @Test
  void write_ofMoreThanTheCacheHolds_arrivesWhenSomebodyWrites() throws Exception {
    onMachine(machine -> {
      PageCache cache = newCache(machine, PageCacheSettings.ofPages(16));
      FakeFile file = new FakeFile(machine, 256 * PAGE, 0);
      WritingListener listener = new WritingListener();
      AddressSpace pages = cache.newAddressSpace("file", file, listener);
      byte[] bytes = pattern(200 * PAGE, 3);
      assertThat(pages.write(0, MemorySegment.ofArray(bytes), 0)).isEqualTo(bytes.length);
      pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(part(file.device(), 0, 200 * PAGE)).isEqualTo(bytes);
      assertThat(listener.dirty).isZero();
      assertThat(listener.writeback).isZero();
      assertThat(violationsAtRest(machine, cache)).isEmpty();
      pages.close();
      cache.close();
    });
  }

  /** Writes when half the cache is dirty, in the task that dirties. */
  static final class WritingListener implements QuietListener {
    volatile long dirty;
    volatile long writeback;

    @Override
    public synchronized void dirtied(AddressSpace mapping, int pages) {
      dirty += pages;
    }

    @Override
    public synchronized void cleaned(AddressSpace mapping, int pages) {
      dirty -= pages;
    }

    @Override
    public synchronized void writebackStarted(AddressSpace mapping, int pages) {
      writeback += pages;
    }

    @Override
    public synchronized void writebackEnded(AddressSpace mapping, int pages) {
      writeback -= pages;
    }

    @Override
    public void balance(AddressSpace mapping, int pages) {
      if (dirty >= 6) {
        try {
          mapping.writePages(
              WritebackControl.flusher(WritebackControl.SyncMode.NONE, Long.MAX_VALUE));
        } catch (ErrnoException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  @Test
  void truncate_toLess_cutsReadsAndZeroesWhatComesBack() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          byte[] expected = part(f.file.device(), 0, 10 * PAGE);
          f.read(0, 10 * PAGE);
          f.write(3 * PAGE, pattern(2 * PAGE, 9));
          f.file.truncate(f.pages, 2 * PAGE + 10);
          assertThat(f.read(0, 10 * PAGE)).isEqualTo(part(expected, 0, 2 * PAGE + 10));
          f.file.truncate(f.pages, 4 * PAGE);
          byte[] longer = Arrays.copyOf(part(expected, 0, 2 * PAGE + 10), 4 * PAGE);
          assertThat(f.read(0, 10 * PAGE)).isEqualTo(longer);
        });
  }

  @Test
  void truncateRange_zeroesPartsAndDropsWholePages() throws Exception {
    int[][] ranges = {{10, 20}, {PAGE, 2 * PAGE - 1}, {100, 3 * PAGE + 5}, {4000, 4100}, {0, 4095}};
    for (int[] range : ranges) {
      withFile(
          64,
          6 * PAGE,
          f -> {
            byte[] expected = f.read(0, 6 * PAGE);
            f.pages.truncateRange(range[0], range[1]);
            f.pages.forEachResident(
                0,
                100,
                folio -> {
                  byte[] now = folio.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                  for (int i = 0; i < PAGE; i++) {
                    long at = folio.position() + i;
                    boolean cut = at >= range[0] && at <= range[1];
                    assertThat(now[i]).isEqualTo(cut ? 0 : expected[(int) at]);
                  }
                });
            long first = (range[0] + PAGE - 1) / PAGE;
            long last = (range[1] + 1) / PAGE - 1;
            for (long page = first; page <= last; page++) {
              assertThat(f.pages.lookup(page)).isNull();
            }
          });
    }
  }

  /** Whoever wants a barred page gets what is there when the barrier is gone, however he asks. */
  @Test
  void bar_makesReadersWaitForTheNewContent() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          byte[] before = f.read(0, 6 * PAGE);
          Queue<String> story = new ConcurrentLinkedQueue<>();
          List<Task> readers = new ArrayList<>();
          try (AddressSpace.Barred barred = f.pages().bar(2 * PAGE, 4 * PAGE - 1)) {
            f.pages().truncateRange(2 * PAGE, 4 * PAGE - 1);
            readers.add(reader(f, story, () -> f.read(2 * PAGE, PAGE)));
            readers.add(reader(f, story, () -> f.read(3 * PAGE, PAGE)));
            readers.add(reader(f, story, () -> readDirectly(f, 3 * PAGE)));
            assertFails(Errno.EAGAIN, () -> f.read(2 * PAGE, 1, AddressSpace.NO_WAIT));
            assertThat(f.read(PAGE, PAGE)).isEqualTo(part(before, PAGE, PAGE));
            f.machine().sleep(5_000_000);
            assertThat(f.pages().lookup(2)).isNull();
            Arrays.fill(f.file().device(), 2 * PAGE, 4 * PAGE, (byte) 0);
            story.add("opened");
          }
          readers.forEach(Task::join);
          assertThat(story).containsExactly("opened", "zeroes", "zeroes", "zeroes");
        });
  }

  private interface Reading {
    byte[] read() throws ErrnoException;
  }

  private static Task reader(Opened f, Queue<String> story, Reading reading) {
    return f.machine()
        .spawn(
            "reader",
            TaskKind.USER,
            () -> {
              try {
                byte[] found = reading.read();
                story.add(found[0] == 0 && found.length == PAGE ? "zeroes" : "something else");
              } catch (ErrnoException e) {
                story.add(e.getMessage());
              }
            });
  }

  private static byte[] readDirectly(Opened f, long position) throws ErrnoException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(PAGE, PAGE);
      assertThat(f.pages().readDirectly(position, memory, 0)).isEqualTo(PAGE);
      return memory.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void bar_waitsForDirectReadsUnderWayAndLetsNoneBegin() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          Queue<String> story = new ConcurrentLinkedQueue<>();
          List<Task> readers = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            readers.add(reader(f, story, () -> readDirectly(f, 3 * PAGE)));
          }
          f.machine().yieldProcessor();
          try (AddressSpace.Barred barred = f.pages().bar(0, Long.MAX_VALUE)) {
            assertThat(f.file().directTransfers()).isZero();
            f.machine().sleep(5_000_000);
            assertThat(f.file().directTransfers()).isZero();
          }
          readers.forEach(Task::join);
          assertThat(story).hasSize(4);
        });
  }

  @Test
  void read_ofBadPage_failsOnceNothingWasCopied() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          f.file.failReads(4);
          assertThat(f.read(0, 8 * PAGE)).isEqualTo(part(f.file.device(), 0, 4 * PAGE));
          assertFails(Errno.EIO, () -> f.read(4 * PAGE + 5, PAGE));
          Folio folio = f.pages.lookup(4);
          if (folio != null) {
            assertThat(folio.isUpToDate()).isFalse();
            folio.put();
          }
          assertThat(f.cache.counters().readErrors()).isPositive();
          f.file.heal();
          assertThat(f.read(4 * PAGE, PAGE)).isEqualTo(part(f.file.device(), 4 * PAGE, PAGE));
        });
  }

  @Test
  void writeback_thatFails_isHeardByEachObserverOnce() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          int cursor = f.pages.errors().sample();
          f.file.failWrites(2);
          byte[] lost = pattern(PAGE, 5);
          Throwable failure = null;
          try {
            f.write(2 * PAGE, lost);
            f.pages.writeAndWait(0, Long.MAX_VALUE);
          } catch (ErrnoException e) {
            failure = e;
          }
          assertThat(failure).isNotNull();
          int after = f.pages.errors().advance(cursor);
          assertThat(Errseq.errnoBetween(cursor, after)).isEqualTo(Errno.EIO);
          assertThat(Errseq.errnoBetween(after, f.pages.errors().advance(after))).isNull();
          assertThat(f.pages.dirtyPages()).isZero();
          f.file.heal();
          f.pages.writeAndWait(0, Long.MAX_VALUE);
          assertThat(f.cache.counters().writeErrors()).isEqualTo(1);
        });
  }

  @Test
  void write_thatNeedsABadPage_failsAndLeavesTheRest() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          f.file.failReads(3);
          byte[] bytes = pattern(PAGE + 20, 7);
          int count = f.pages.write(2 * PAGE + 10, MemorySegment.ofArray(bytes), 0);
          assertThat(count).isEqualTo(PAGE - 10);
          assertFails(
              Errno.EIO,
              () -> f.pages.write(3 * PAGE + 1, MemorySegment.ofArray(bytes).asSlice(0, 9), 0));
          f.file.heal();
          assertThat(f.read(3 * PAGE, PAGE)).isEqualTo(part(f.file.device(), 3 * PAGE, PAGE));
        });
  }

  @Test
  void write_fromClosedMemory_isAFault() throws Exception {
    withFile(
        64,
        PAGE,
        f -> {
          MemorySegment gone;
          try (Arena arena = Arena.ofConfined()) {
            gone = arena.allocate(PAGE);
          }
          assertFails(Errno.EFAULT, () -> f.pages.write(0, gone, 0));
          assertThat(f.read(0, PAGE)).isEqualTo(part(f.file.device(), 0, PAGE));
        });
  }

  @Test
  void write_beyondTheDevice_isShortAndThenFails() throws Exception {
    withFile(
        64,
        PAGE,
        f -> {
          MemorySegment bytes = MemorySegment.ofArray(pattern(3 * PAGE, 1));
          assertThat(f.pages.write(254L * PAGE, bytes, 0)).isEqualTo(2 * PAGE);
          assertFails(Errno.ENOSPC, () -> f.pages.write(256L * PAGE, bytes, 0));
        });
  }

  @Test
  void readDirectly_seesWhatIsOnlyInTheCache() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          byte[] bytes = pattern(2 * PAGE, 4);
          f.write(PAGE, bytes);
          byte[] got = new byte[4 * PAGE];
          assertThat(f.pages.readDirectly(0, MemorySegment.ofArray(got), 0)).isEqualTo(4 * PAGE);
          assertThat(part(got, PAGE, 2 * PAGE)).isEqualTo(bytes);
          assertThat(f.pages.readDirectly(9 * PAGE, MemorySegment.ofArray(got), 0)).isEqualTo(PAGE);
        });
  }

  @Test
  void writeDirectly_isSeenByCachedReads() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          f.read(0, 10 * PAGE);
          f.write(PAGE + 3, pattern(10, 8));
          byte[] bytes = pattern(3 * PAGE, 4);
          assertThat(f.pages.writeDirectly(PAGE, MemorySegment.ofArray(bytes), 0))
              .isEqualTo(bytes.length);
          assertThat(f.read(PAGE, 3 * PAGE)).isEqualTo(bytes);
          assertThat(part(f.file.device(), PAGE, 3 * PAGE)).isEqualTo(bytes);
        });
  }

  @Test
  void directTransfer_misaligned_isInvalid() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          MemorySegment memory = MemorySegment.ofArray(new byte[PAGE]);
          assertFails(Errno.EINVAL, () -> f.pages.readDirectly(100, memory, 0));
          assertFails(Errno.EINVAL, () -> f.pages.writeDirectly(0, memory.asSlice(0, 100), 0));
        });
  }

  @Test
  void read_withoutWaiting_failsWhereItWouldWait() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          f.file.hold();
          assertFails(Errno.EAGAIN, () -> f.read(0, PAGE, AddressSpace.NO_WAIT));
          f.file.release();
          assertThat(f.read(20 * PAGE, PAGE, AddressSpace.NO_WAIT)).isEmpty();
        });
  }

  @Test
  void invalidate_dropsAllButReportsWhatStays() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          f.read(0, 10 * PAGE);
          f.file.pin(3);
          Folio folio = f.pages.readFolio(3);
          assertFails(Errno.EBUSY, () -> f.pages.invalidate(0, 9));
          assertThat(f.pages.residentPages()).isEqualTo(1);
          f.file.unpin();
          f.pages.invalidate(0, 9);
          assertThat(f.pages.residentPages()).isZero();
          folio.put();
        });
  }

  @Test
  void readFolio_andGrab_shareOneFolio() throws Exception {
    withFile(
        64,
        10 * PAGE,
        f -> {
          Folio read = f.pages.readFolio(2);
          Folio grabbed = f.pages.grab(2);
          assertThat(grabbed).isSameAs(read);
          assertThat(grabbed.isLocked()).isTrue();
          assertThat(read.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
              .isEqualTo(part(f.file.device(), 2 * PAGE, PAGE));
          grabbed.unlock();
          grabbed.put();
          read.put();
        });
  }

  @Test
  void advise_ofAnyKind_changesNoContent() throws Exception {
    withFile(
        64,
        40 * PAGE,
        f -> {
          f.write(PAGE, pattern(100, 2));
          byte[] expected = f.read(0, 40 * PAGE);
          for (Advice advice : Advice.values()) {
            f.pages.advise(f.state, 3 * PAGE, 10 * PAGE, advice);
            f.pages.advise(f.state, 0, 0, advice);
            assertThat(f.read(0, 40 * PAGE)).isEqualTo(expected);
          }
          assertFails(Errno.EINVAL, () -> f.pages.advise(f.state, 0, -1, Advice.NORMAL));
          f.pages.readAhead(f.state, 0, 20 * PAGE);
          assertThat(f.read(0, 40 * PAGE)).isEqualTo(expected);
        });
  }

  @Test
  void close_withDirtyPagesAndReadsInFlight_leavesNothing() throws Exception {
    withFile(
        64,
        40 * PAGE,
        f -> {
          f.read(0, PAGE);
          Folio folio = f.pages.grab(30);
          folio.markUpToDate();
          folio.markDirty();
          folio.unlock();
          folio.put();
          f.pages.close();
          assertThat(f.pages.residentPages()).isZero();
          assertThat(f.pages.dirtyPages()).isZero();
        });
  }
}
