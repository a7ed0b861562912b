package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folios of several pages: who makes them, how they are used as one, and what they fall into. */
final class LargeFolioTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int FILE_PAGES = 128;

  /** A file of random bytes in a cache. */
  private record Scene(Machine machine, FolioPageCache cache, FakeFile file, AddressSpace pages) {

    byte[] read(long position, int length) throws ErrnoException {
      return read(new ReadaheadState(32), position, length);
    }

    byte[] read(ReadaheadState state, long position, int length) throws ErrnoException {
      byte[] bytes = new byte[length];
      int count = pages.read(state, position, MemorySegment.ofArray(bytes), 0);
      return Arrays.copyOf(bytes, count);
    }

    void write(long position, int length) throws ErrnoException {
      byte[] bytes = new byte[length];
      Arrays.fill(bytes, (byte) 'w');
      assertThat(pages.write(position, MemorySegment.ofArray(bytes), 0)).isEqualTo(length);
    }

    byte[] device(int from, int length) {
      return Arrays.copyOfRange(file.device(), from, from + length);
    }

    /** What is resident, as first page ^ order. */
    List<String> folios() {
      List<String> found = new ArrayList<>();
      pages.forEachResident(
          0, Long.MAX_VALUE >> 12, folio -> found.add(folio.index() + "^" + folio.order()));
      return found;
    }
  }

  private interface Play {
    void run(Scene scene) throws Exception;
  }

  private static void stage(int capacity, LargeFolios choice, Play play) throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache =
              new FolioPageCache(
                  machine, PageCacheSettings.ofPages(capacity).withLargeFolios(choice));
          FakeFile file =
              new FakeFile(machine, FILE_PAGES * PAGE, FILE_PAGES * PAGE).allowLargeFolios();
          new Random(1).nextBytes(file.device());
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          play.run(new Scene(machine, cache, file, pages));
          pages.waitForWriteback(0, Long.MAX_VALUE >> 12);
          assertThat(PageCacheContract.violationsAtRest(machine, cache)).isEmpty();
          pages.close();
          assertThat(cache.memory().free()).isEqualTo(capacity);
          cache.close();
        });
  }

  private static void stage(Play play) throws Exception {
    stage(1024, LargeFolios.ON, play);
  }

  @Test
  void sequentialRead_getsLargerFoliosAsItGoes() throws Exception {
    stage(s -> {
      ReadaheadState state = new ReadaheadState(32);
      for (int page = 0; page < 40; page++) {
        assertThat(s.read(state, page * PAGE, PAGE)).isEqualTo(s.device(page * PAGE, PAGE));
      }
      assertThat(s.folios())
          .startsWith("0^0", "1^0", "2^0", "3^0", "4^2", "8^2", "12^2", "16^3", "24^3", "32^4");
      PageCacheCounters counters = s.cache.counters();
      assertThat(counters.added()).as("in pages").isEqualTo(s.pages.residentPages());
      assertThat(counters.hits() + counters.misses()).isEqualTo(40);
    });
  }

  @Test
  void foliosOff_areOnePageEach() throws Exception {
    stage(
        1024,
        LargeFolios.OFF,
        s -> {
          ReadaheadState state = new ReadaheadState(32);
          for (int page = 0; page < 40; page++) {
            s.read(state, page * PAGE, PAGE);
          }
          s.write(64 * PAGE, 16 * PAGE);
          assertThat(s.folios()).allMatch(folio -> folio.endsWith("^0"));
        });
  }

  @Test
  void write_makesFoliosAsLargeAsItIsAligned() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      s.write(33 * PAGE, 3 * PAGE);
      s.write(48 * PAGE, PAGE / 2);
      assertThat(s.folios()).containsExactly("16^4", "33^0", "34^1", "48^0");
      assertThat(s.pages.dirtyPages()).isEqualTo(20);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(s.file.pagesWritten).hasValue(20);
      assertThat(s.pages.dirtyPages()).isZero();
    });
  }

  @Test
  void write_besideCachedPages_makesWhatFits() throws Exception {
    stage(s -> {
      s.read(18 * PAGE, PAGE);
      s.write(16 * PAGE, 8 * PAGE);
      assertThat(s.folios()).containsExactly("16^1", "18^0", "19^0", "20^2");
    });
  }

  @Test
  void memoryInPieces_givesSinglePages() throws Exception {
    stage(
        64,
        LargeFolios.ON,
        s -> {
          // Every other frame stays taken.
          List<Folio> held = new ArrayList<>();
          for (int page = 0; page < 48; page++) {
            held.add(s.pages.readFolio(page));
          }
          for (int page = 0; page < 48; page++) {
            held.get(page).put();
          }
          List<Folio> kept = new ArrayList<>();
          for (int page = 0; page < 48; page++) {
            Folio folio = s.pages.lookup(page);
            if (folio != null && folio.frame % 2 == 0) {
              kept.add(folio);
            } else if (folio != null) {
              folio.put();
            }
          }
          s.pages.invalidateClean(0, FILE_PAGES);
          s.write(64 * PAGE, 4 * PAGE);
          assertThat(s.read(96 * PAGE, 4 * PAGE)).isEqualTo(s.device(96 * PAGE, 4 * PAGE));
          assertThat(s.pages.residentPages()).isGreaterThanOrEqualTo(kept.size());
          kept.forEach(Folio::put);
        });
  }

  @Test
  void readOfALargeFolio_takesOneLookUp() throws Exception {
    stage(s -> {
      s.write(0, 16 * PAGE);
      long hits = s.cache.counters().hits();
      s.file.interruptSize(3, () -> assertThat(true).as("a second folio was looked up").isFalse());
      assertThat(s.read(100, 15 * PAGE)).containsOnly('w');
      assertThat(s.cache.counters().hits() - hits).as("pages").isEqualTo(16);
      s.file.interruptSize(0, null);
    });
  }

  @Test
  void truncation_insideACleanFolio_leavesTheLargestPieces() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      s.file.truncate(s.pages, 21 * PAGE + 100);
      assertThat(s.folios()).containsExactly("16^2", "20^0", "21^0");
      assertThat(s.read(16 * PAGE, 16 * PAGE)).hasSize(5 * PAGE + 100).containsOnly('w');
      s.file.truncate(s.pages, 32 * PAGE);
      byte[] tail = s.read(21 * PAGE, 11 * PAGE);
      assertThat(Arrays.copyOf(tail, 100)).containsOnly('w');
      assertThat(Arrays.copyOfRange(tail, 100, tail.length)).containsOnly(0);
    });
  }

  @Test
  void hole_insideACleanFolio_splitsAtBothEnds() throws Exception {
    stage(s -> {
      s.write(0, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      s.pages.truncateRange(3 * PAGE, 12 * PAGE - 1);
      assertThat(s.folios()).containsExactly("0^1", "2^0", "12^0", "13^0", "14^1");
      assertThat(s.read(0, 3 * PAGE)).containsOnly('w');
    });
  }

  @Test
  void hole_insideOnePageOfACleanFolio_leavesThatPageAlone() throws Exception {
    stage(s -> {
      s.write(0, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      s.pages.truncateRange(3 * PAGE + 10, 3 * PAGE + 20);
      assertThat(s.folios()).containsExactly("0^1", "2^0", "3^0", "4^2", "8^3");
      assertThat(s.read(4 * PAGE, 12 * PAGE)).containsOnly('w');
    });
  }

  @Test
  void truncation_insideADirtyFolio_keepsItWithZeroes() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      s.file.truncate(s.pages, 20 * PAGE);
      assertThat(s.folios()).containsExactly("16^4");
      s.file.truncate(s.pages, 32 * PAGE);
      assertThat(s.read(20 * PAGE, 12 * PAGE)).hasSize(12 * PAGE).containsOnly(0);
      assertThat(s.read(16 * PAGE, 4 * PAGE)).containsOnly('w');
    });
  }

  @Test
  void truncation_insideAFolioInUse_removesItWhole() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      Folio user = s.pages.lookup(17);
      s.file.truncate(s.pages, 20 * PAGE);
      assertThat(s.folios()).as("what is still wanted can be read again").isEmpty();
      assertThat(user.mapping()).isNull();
      assertThat(user.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'w');
      user.put();
      assertThat(s.read(16 * PAGE, 16 * PAGE)).hasSize(4 * PAGE).containsOnly('w');
    });
  }

  @Test
  void dropping_partOfAFolio_leavesIt() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(s.pages.invalidateClean(18, 100)).isZero();
      assertThat(s.pages.invalidateClean(16, 100)).isEqualTo(16);
    });
  }

  @Test
  void directWrite_intoAFolio_dropsItWhole() throws Exception {
    stage(s -> {
      s.write(16 * PAGE, 16 * PAGE);
      MemorySegment content = MemorySegment.ofArray(new byte[PAGE]).fill((byte) 'd');
      assertThat(s.pages.writeDirectly(18 * PAGE, content, 0)).isEqualTo(PAGE);
      assertThat(s.folios()).isEmpty();
      assertThat(s.read(17 * PAGE, PAGE)).containsOnly('w');
      assertThat(s.read(18 * PAGE, PAGE)).containsOnly('d');
    });
  }

  @Test
  void errorOfReadahead_leavesNoPageUpToDate() throws Exception {
    stage(s -> {
      s.file.failReads(6);
      ReadaheadState state = new ReadaheadState(32);
      s.read(state, 0, PAGE);
      s.read(state, PAGE, PAGE);
      s.machine.sleep(10_000_000);
      assertThat(s.folios()).contains("4^2");
      assertThatThrownBy(() -> s.read(state, 5 * PAGE, PAGE))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
      s.file.heal();
      assertThat(s.read(state, 5 * PAGE, PAGE)).isEqualTo(s.device(5 * PAGE, PAGE));
    });
  }

  @Test
  void smallCache_reclaimsWholeFoliosAndRemembersEachPage() throws Exception {
    stage(
        64,
        LargeFolios.ON,
        s -> {
          ReadaheadState state = new ReadaheadState(16);
          for (int round = 0; round < 3; round++) {
            for (int page = 0; page < FILE_PAGES; page++) {
              assertThat(s.read(state, page * PAGE, PAGE)).isEqualTo(s.device(page * PAGE, PAGE));
            }
          }
          assertThat(s.cache.counters().evicted()).isGreaterThan(FILE_PAGES);
          assertThat(s.pages.residentPages()).isLessThanOrEqualTo(64);
        });
  }

  /** The copy is under way when the folio it copies from falls apart, and the pieces are reused. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void reader_crossingASplit_seesOneFileOrTheOther(int look) throws Exception {
    stage(s -> {
      s.write(0, 16 * PAGE);
      s.pages.writeAndWait(0, Long.MAX_VALUE);
      s.read(0, 16 * PAGE);
      AtomicInteger played = new AtomicInteger();
      s.file.interruptSize(
          look,
          () -> {
            played.incrementAndGet();
            s.pages.truncateRange(5 * PAGE, 6 * PAGE - 1);
            s.pages.invalidateClean(6, 16);
          });
      byte[] got = s.read(PAGE, 12 * PAGE);
      assertThat(got).hasSize(12 * PAGE).containsOnly('w');
      if (look <= 2) {
        assertThat(played).hasValue(1);
      }
    });
  }
}
