package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gets between the steps of a read: eviction and refill of the very frame that is being copied,
 * truncation, removal. The read looks at the file's size several times; what happens at each of
 * them is tried.
 */
final class InterruptedReadTest {

  private static final int PAGE = PageCache.PAGE_SIZE;

  private interface Scene {
    void play(FolioPageCache cache, FakeFile file, AddressSpace pages, FakeFile other)
        throws ErrnoException;
  }

  private static void stage(Scene scene) throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(64));
          FakeFile file = new FakeFile(machine, 16 * PAGE, 16 * PAGE);
          FakeFile other = new FakeFile(machine, 64 * PAGE, 64 * PAGE);
          Arrays.fill(file.device(), (byte) 'a');
          Arrays.fill(other.device(), (byte) 'b');
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          scene.play(cache, file, pages, other);
          assertThat(PageCacheContract.violationsAtRest(machine, cache)).isEmpty();
          pages.close();
        });
  }

  private static byte[] read(AddressSpace pages, long position, int length) throws ErrnoException {
    byte[] bytes = new byte[length];
    ReadaheadState state = new ReadaheadState(4);
    int count = pages.read(state, position, MemorySegment.ofArray(bytes), 0);
    return Arrays.copyOf(bytes, count);
  }

  private static void readAll(AddressSpace pages) {
    try {
      read(pages, 0, 64 * PAGE);
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void frame_refilledForAnotherFileDuringTheCopy_isNoticed(int call) throws Exception {
    stage((cache, file, pages, other) -> {
      AddressSpace others = cache.newAddressSpace("other", other, DirtyListener.NONE);
      readAll(pages);
      AtomicInteger played = new AtomicInteger();
      file.interruptSize(
          call,
          () -> {
            played.incrementAndGet();
            pages.invalidateClean(0, 16);
            readAll(others);
          });
      assertThat(read(pages, 5 * PAGE + 7, 100)).hasSize(100).containsOnly('a');
      if (call <= 2) {
        assertThat(played).hasValue(1);
      }
      others.close();
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void truncation_duringARead_showsOldBytesOrNone(int call) throws Exception {
    stage((cache, file, pages, other) -> {
      readAll(pages);
      file.interruptSize(call, () -> file.truncate(pages, 3 * PAGE + 10));
      byte[] got = read(pages, 3 * PAGE, 100);
      assertThat(got.length).isIn(100, 10);
      for (byte b : got) {
        assertThat(b).as("truncated at look %d", call).isEqualTo((byte) 'a');
      }
    });
  }

  private static IntStream looksWhileReading() {
    return IntStream.rangeClosed(1, 90);
  }

  /** The new folios of a window are locked by the reader: what lies behind the end goes whole. */
  @ParameterizedTest
  @MethodSource("looksWhileReading")
  void shrinking_duringReadaheadOfLargeFolios_dropsThemWhole(int call) throws Exception {
    stage((cache, file, pages, other) -> {
      FakeFile large = other.allowLargeFolios();
      AddressSpace others = cache.newAddressSpace("large", large, DirtyListener.NONE);
      ReadaheadState state = new ReadaheadState(32);
      for (int page = 0; page < 16; page++) {
        others.read(state, page * PAGE, MemorySegment.ofArray(new byte[PAGE]), 0);
      }
      // The size alone: a truncation would wait for the folios that the reader holds locked.
      large.interruptSize(call, () -> large.setSize(34 * PAGE));
      for (int page = 16; page < 40; page++) {
        others.read(state, page * PAGE, MemorySegment.ofArray(new byte[PAGE]), 0);
      }
      others.truncate(34 * PAGE);
      others.forEachResident(
          34, 100, folio -> assertThat(folio.index()).as("a page behind the end").isZero());
      PageCacheContract.settle(cache.core().machine, cache);
      assertThat(PageCacheInvariants.of(cache).violations()).isEmpty();
      others.close();
    });
  }

  // At the fourth look the task has just locked new folios: a truncation by itself would wait for
  // it.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7, 8})
  void truncation_duringReadahead_leavesNoPageBehindTheEnd(int call) throws Exception {
    stage((cache, file, pages, other) -> {
      AtomicInteger played = new AtomicInteger();
      file.interruptSize(
          call,
          () -> {
            played.incrementAndGet();
            file.truncate(pages, PAGE);
          });
      byte[] got = read(pages, 2 * PAGE, 8 * PAGE);
      assertThat(played).hasValue(1);
      for (byte b : got) {
        assertThat(b).isEqualTo((byte) 'a');
      }
      pages.forEachResident(
          1, 100, folio -> assertThat(folio.index()).as("a page behind the end").isZero());
      file.truncate(pages, 16 * PAGE);
      assertThat(read(pages, PAGE, 15 * PAGE)).hasSize(15 * PAGE).containsOnly(0);
    });
  }
}
