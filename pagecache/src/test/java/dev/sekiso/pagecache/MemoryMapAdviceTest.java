package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.MapFlags.MAP_FIXED;
import static dev.sekiso.pagecache.MapFlags.MAP_LOCKED;
import static dev.sekiso.pagecache.MapFlags.MAP_PRIVATE;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MS_ASYNC;
import static dev.sekiso.pagecache.MapFlags.MS_INVALIDATE;
import static dev.sekiso.pagecache.MapFlags.MS_SYNC;
import static dev.sekiso.pagecache.MapFlags.PROT_NONE;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.ResourceLimits;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import dev.sekiso.pagecache.msync.MsyncPolicy;
import dev.sekiso.pagecache.msync.ScanningMsync;
import dev.sekiso.pagecache.msync.TrackedMsync;
import dev.sekiso.pagecache.msync.WritingMsync;
import dev.sekiso.pagecache.replacement.Fifo;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Advice, locking, syncing, non-linear mappings, and what reclaim does with mapped pages. */
final class MemoryMapAdviceTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int READ_WRITE = PROT_READ | PROT_WRITE;
  private static final int FILE_PAGES = 64;

  /** What a test works with. */
  private record Memory(
      Machine machine, FolioPageCache cache, FakeFile file, AddressSpace pages, MemoryMap map) {

    MemoryMapping map(int count, int protection, int flags) throws ErrnoException {
      MappedFile mapped = MappedFile.of(pages, new ReadaheadState(0));
      return map.mmap(0, (long) count * PAGE, protection, flags, mapped, 0);
    }

    MemoryGroupStatistics figures() {
      return cache.memoryGroups().root().statistics();
    }

    long resident(int from, int to) {
      long[] count = new long[1];
      pages.forEachResident(from, to - 1, folio -> count[0]++);
      return count[0];
    }
  }

  @FunctionalInterface
  private interface Body {
    void run(Memory memory) throws Exception;
  }

  private static void with(Body body) throws Exception {
    with(MemoryMapSettings.DEFAULT, 512, body);
  }

  private static void with(MemoryMapSettings settings, int cachePages, Body body) throws Exception {
    TestMachines.simulated(
        7,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(cachePages));
          FakeFile file = new FakeFile(machine, FILE_PAGES * PAGE, FILE_PAGES * PAGE);
          for (int page = 0; page < FILE_PAGES; page++) {
            file.device()[page * PAGE] = (byte) page;
          }
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          MemoryMap map = cache.newMemoryMap(settings);
          body.run(new Memory(machine, cache, file, pages, map));
          map.close();
          pages.writeAndWait(0, Long.MAX_VALUE);
          machine.sleep(10_000_000);
          assertThat(PageCacheInvariants.of(cache).violations()).isEmpty();
          pages.close();
          cache.close();
        });
  }

  private static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  private static void assertSignal(Signal signal, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MemoryFaultException.class, e -> assertThat(e.signal()).isEqualTo(signal));
  }

  // ---- madvise ---------------------------------------------------------------------------------

  @Test
  void madvise_refusesWhatLinuxRefuses() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      MemoryMapping a = map.mmap(0, 8 * PAGE, READ_WRITE, MAP_PRIVATE);
      long at = m.address();
      assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, 77));
      assertErrno(Errno.EINVAL, () -> map.madvise(at + 1, PAGE, MapFlags.MADV_NORMAL));
      assertErrno(Errno.EINVAL, () -> map.madvise(at, -1, MapFlags.MADV_NORMAL));
      map.madvise(at, 0, MapFlags.MADV_NORMAL);
      assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, MapFlags.MADV_FREE));
      assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, MapFlags.MADV_WIPEONFORK));
      assertErrno(Errno.EINVAL, () -> map.madvise(a.address(), PAGE, MapFlags.MADV_REMOVE));
      assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, MapFlags.MADV_HWPOISON));
      assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, MapFlags.MADV_COLLAPSE));
      map.mlock2(at, PAGE, MapFlags.MLOCK_ONFAULT);
      for (int advice :
          new int[] {
            MapFlags.MADV_DONTNEED,
            MapFlags.MADV_COLD,
            MapFlags.MADV_PAGEOUT,
            MapFlags.MADV_REMOVE,
            MapFlags.MADV_GUARD_INSTALL
          }) {
        assertErrno(Errno.EINVAL, () -> map.madvise(at, PAGE, advice));
      }
      map.madvise(at, PAGE, MapFlags.MADV_DONTNEED_LOCKED);
      for (int advice :
          new int[] {
            MapFlags.MADV_DONTFORK,
            MapFlags.MADV_DOFORK,
            MapFlags.MADV_DONTDUMP,
            MapFlags.MADV_DODUMP,
            MapFlags.MADV_HUGEPAGE,
            MapFlags.MADV_NOHUGEPAGE,
            MapFlags.MADV_MERGEABLE,
            MapFlags.MADV_UNMERGEABLE,
            MapFlags.MADV_KEEPONFORK
          }) {
        map.madvise(a.address(), 8 * PAGE, advice);
      }
    });
  }

  @Test
  void madvise_overAGap_doesTheRestAndSaysSo() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_PRIVATE);
      m.setByte(0, (byte) 9);
      m.setByte(7 * PAGE, (byte) 9);
      memory.map().munmap(m.address() + 3 * PAGE, PAGE);
      assertErrno(Errno.ENOMEM, () -> m.advise(MapFlags.MADV_DONTNEED));
      assertThat(m.getByte(0)).isZero();
      assertThat(m.getByte(7 * PAGE)).isEqualTo((byte) 7);
    });
  }

  @Test
  void advice_splitsAreasAndJoinsThemAgain() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      memory.map().madvise(m.address() + PAGE, PAGE, MapFlags.MADV_RANDOM);
      assertThat(memory.map().maps()).hasSize(3);
      m.advise(MapFlags.MADV_SEQUENTIAL);
      assertThat(memory.map().maps()).hasSize(1);
    });
  }

  @Test
  void willNeed_bringsPagesIn() throws Exception {
    with(memory -> {
      MappedFile file = MappedFile.of(memory.pages(), new ReadaheadState(32));
      MemoryMapping m = memory.map().mmap(0, 32 * PAGE, PROT_READ, MAP_SHARED, file, 10 * PAGE);
      memory.map().madvise(m.address() + 2 * PAGE, 5 * PAGE, MapFlags.MADV_WILLNEED);
      memory.machine().sleep(1_000_000);
      assertThat(memory.resident(12, 17)).isEqualTo(5);
      assertThat(memory.pages().residentPages()).isEqualTo(5);
      boolean[] there = memory.map().mincore(m.address() + PAGE, 7 * PAGE);
      assertThat(there).containsExactly(false, true, true, true, true, true, false);
    });
  }

  @Test
  void free_andDontNeed_giveMemoryBack() throws Exception {
    with(memory -> {
      for (int advice : new int[] {MapFlags.MADV_FREE, MapFlags.MADV_DONTNEED}) {
        MemoryMapping a = memory.map().mmap(0, 4 * PAGE, READ_WRITE, MAP_PRIVATE);
        a.getByte(0);
        long free = memory.cache().memory().free();
        a.fill(0, 4 * PAGE, (byte) 1);
        assertThat(memory.cache().memory().free()).isEqualTo(free - 4);
        a.advise(advice);
        assertThat(memory.cache().memory().free()).isEqualTo(free);
        assertThat(a.getByte(PAGE)).isZero();
        a.close();
      }
    });
  }

  @Test
  void pageOut_takesCleanPagesNobodyElseMaps() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      MemoryMapping other = memory.map(1, PROT_READ, MAP_SHARED);
      for (int page = 0; page < 8; page++) {
        m.getByte((long) page * PAGE);
      }
      other.getByte(0);
      m.setByte(5 * PAGE + 1, (byte) 1);
      m.advise(MapFlags.MADV_COLD);
      assertThat(memory.resident(0, 8)).isEqualTo(8);
      m.advise(MapFlags.MADV_PAGEOUT);
      assertThat(memory.resident(0, 1)).isEqualTo(1);
      assertThat(memory.resident(5, 6)).isEqualTo(1);
      assertThat(memory.resident(0, 8)).isEqualTo(2);
      assertThat(m.getByte(5 * PAGE + 1)).isEqualTo((byte) 1);
    });
  }

  @Test
  void populate_readAndWrite() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      m.advise(MapFlags.MADV_POPULATE_READ);
      assertThat(memory.pages().dirtyPages()).isZero();
      long faults = map.minorFaults() + map.majorFaults();
      m.getByte(7 * PAGE);
      assertThat(map.minorFaults() + map.majorFaults()).isEqualTo(faults);
      m.advise(MapFlags.MADV_POPULATE_WRITE);
      assertThat(memory.pages().dirtyPages()).isEqualTo(8);
      map.mprotect(m.address(), PAGE, PROT_READ);
      assertErrno(Errno.EINVAL, () -> map.madvise(m.address(), PAGE, MapFlags.MADV_POPULATE_WRITE));
      MemoryMapping beyond = memory.map(FILE_PAGES + 2, PROT_READ, MAP_SHARED);
      assertErrno(Errno.EFAULT, () -> beyond.advise(MapFlags.MADV_POPULATE_READ));
      map.munmap(m.address() + PAGE, PAGE);
      assertErrno(
          Errno.ENOMEM, () -> map.madvise(m.address(), 3 * PAGE, MapFlags.MADV_POPULATE_READ));
    });
  }

  @Test
  void guard_faultsUntilItIsRemoved() throws Exception {
    with(memory -> {
      MemoryMapping a = memory.map().mmap(0, 4 * PAGE, READ_WRITE, MAP_PRIVATE);
      a.setByte(PAGE, (byte) 1);
      memory.map().madvise(a.address() + PAGE, PAGE, MapFlags.MADV_GUARD_INSTALL);
      assertSignal(Signal.SEGV, () -> a.getByte(PAGE));
      assertSignal(Signal.SEGV, () -> a.setByte(PAGE, (byte) 2));
      a.advise(MapFlags.MADV_DONTNEED);
      assertSignal(Signal.SEGV, () -> a.getByte(PAGE));
      a.advise(MapFlags.MADV_GUARD_REMOVE);
      assertThat(a.getByte(PAGE)).isZero();
    });
  }

  @Test
  void cold_takesFromPagesWhatTheyHaveEarned() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, PROT_READ, MAP_SHARED);
      m.copyTo(0, MemorySegment.ofArray(new byte[8 * PAGE]), 0, 8 * PAGE);
      for (int use = 0; use < 2; use++) {
        memory.pages().forEachResident(0, 7, folio -> markUsed(memory, folio));
      }
      memory.cache().dropClean();
      assertThat(memory.figures().activeFile()).isEqualTo(8);
      memory.map().madvise(m.address(), 4 * PAGE, MapFlags.MADV_COLD);
      assertThat(memory.figures().activeFile()).isEqualTo(4);
      assertThat(memory.figures().inactiveFile()).isEqualTo(4);
      MemoryMapping other = memory.map(8, PROT_READ, MAP_SHARED);
      assertThat(other.getByte(5 * PAGE)).isEqualTo((byte) 5);
      memory.map().madvise(m.address(), 8 * PAGE, MapFlags.MADV_COLD);
      // All are mapped twice now, by the fault around it: they are left to the other one, too.
      assertThat(memory.figures().activeFile()).isEqualTo(4);
    });
  }

  private static void markUsed(Memory memory, Folio folio) {
    ((FolioAddressSpace) memory.pages()).markAccessed(folio);
  }

  // ---- mincore and mlock -----------------------------------------------------------------------

  @Test
  void lockedPages_underPressure_leaveReplacementUntilTheyAreUnlocked() throws Exception {
    with(
        MemoryMapSettings.DEFAULT,
        48,
        memory -> {
          MemoryMapping m = memory.map(8, PROT_READ, MAP_SHARED);
          memory.map().mlock(m.address(), 8 * PAGE);
          readAll(memory, 8);
          assertThat(memory.resident(0, 8)).isEqualTo(8);
          MemoryGroupStatistics locked = memory.figures();
          assertThat(locked.unevictable()).isEqualTo(8);
          assertThat(locked.inactiveFile() + locked.activeFile() + 8).isEqualTo(locked.file());
          assertThat(locked.asMemoryStat()).containsEntry("unevictable", 8L * PAGE);
          memory.cache().memoryGroups().root().setReplacement(Fifo::new);
          assertThat(memory.figures().unevictable()).isEqualTo(8);
          memory.map().munlock(m.address(), 6 * PAGE);
          assertThat(memory.figures().unevictable()).isEqualTo(2);
          memory.map().munmap(m.address() + 7 * PAGE, PAGE);
          assertThat(memory.figures().unevictable()).isEqualTo(1);
          readAll(memory, 8);
          readAll(memory, 8);
          assertThat(memory.resident(0, 6)).isZero();
          assertThat(memory.resident(6, 7)).isEqualTo(1);
          memory.file().truncate(memory.pages(), 0);
          assertThat(memory.figures().unevictable()).isZero();
        });
  }

  private static void readAll(Memory memory, int from) throws ErrnoException {
    MemorySegment into = MemorySegment.ofArray(new byte[PAGE]);
    for (int page = from; page < FILE_PAGES; page++) {
      memory.pages().read(new ReadaheadState(0), (long) page * PAGE, into, 0);
    }
  }

  @Test
  void mincore_refusesWhatLinuxRefuses() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, PROT_READ, MAP_SHARED);
      assertErrno(Errno.EINVAL, () -> memory.map().mincore(m.address() + 1, PAGE));
      assertErrno(Errno.ENOMEM, () -> memory.map().mincore(m.address(), 5 * PAGE));
      assertThat(memory.map().mincore(m.address(), 0)).isEmpty();
    });
  }

  @Test
  void mlock_countsAgainstTheLimit() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      TaskContext user =
          TaskContext.ROOT
              .withCredentials(new Credentials(1000, 1000, Set.of(), 0022))
              .withLimits(new ResourceLimits(Long.MAX_VALUE, 100, 4 * PAGE));
      user.call(() -> {
        map.mlock(m.address(), 3 * PAGE);
        assertThat(map.lockedPages()).isEqualTo(3);
        map.mlock(m.address(), 4 * PAGE);
        assertErrno(Errno.ENOMEM, () -> map.mlock(m.address() + 4 * PAGE, PAGE));
        assertErrno(Errno.ENOMEM, () -> map.mlockall(MapFlags.MCL_CURRENT));
        assertErrno(Errno.EAGAIN, () -> map.mmap(0, PAGE, READ_WRITE, MAP_PRIVATE | MAP_LOCKED));
        map.munlock(m.address(), 4 * PAGE);
        assertThat(map.lockedPages()).isZero();
        assertThat(map.maps()).hasSize(1);
        return null;
      });
      user.withLimits(new ResourceLimits(Long.MAX_VALUE, 100, 0))
          .call(() -> {
            assertErrno(Errno.EPERM, () -> map.mlock(m.address(), PAGE));
            assertErrno(Errno.EPERM, () -> map.mlockall(MapFlags.MCL_FUTURE));
            return null;
          });
      assertErrno(Errno.EINVAL, () -> map.mlock2(m.address(), PAGE, 8));
      assertErrno(Errno.EINVAL, () -> map.mlockall(0));
      assertErrno(Errno.EINVAL, () -> map.mlockall(MapFlags.MCL_ONFAULT));
      assertErrno(Errno.ENOMEM, () -> map.mlock(m.address(), 9 * PAGE));
      map.mprotect(m.address(), PAGE, PROT_NONE);
      assertErrno(Errno.ENOMEM, () -> map.mlock(m.address(), PAGE));
    });
  }

  @Test
  void mlockall_locksWhatIsAndWhatComes() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      memory.map(4, READ_WRITE, MAP_SHARED);
      map.mlockall(MapFlags.MCL_CURRENT | MapFlags.MCL_FUTURE);
      assertThat(map.lockedPages()).isEqualTo(4);
      assertThat(memory.resident(0, 4)).isEqualTo(4);
      MemoryMapping later = map.mmap(0, 2 * PAGE, READ_WRITE, MAP_PRIVATE);
      assertThat(map.lockedPages()).isEqualTo(6);
      later.close();
      assertThat(map.lockedPages()).isEqualTo(4);
      map.munlockall();
      assertThat(map.lockedPages()).isZero();
      memory.map(1, PROT_READ, MAP_SHARED);
      assertThat(map.lockedPages()).isZero();
    });
  }

  // ---- reclaim ---------------------------------------------------------------------------------

  @Test
  void lockedPages_stayWhateverIsRead() throws Exception {
    with(
        MemoryMapSettings.DEFAULT,
        40,
        memory -> {
          MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
          memory.map().mlock(m.address(), 4 * PAGE);
          MemoryMapping all = memory.map(FILE_PAGES, PROT_READ, MAP_SHARED);
          for (int round = 0; round < 3; round++) {
            for (int page = 4; page < FILE_PAGES; page++) {
              assertThat(all.getByte((long) page * PAGE)).isEqualTo((byte) page);
            }
          }
          long faults = memory.map().minorFaults() + memory.map().majorFaults();
          for (int page = 0; page < 4; page++) {
            assertThat(m.getByte((long) page * PAGE)).isEqualTo((byte) page);
          }
          assertThat(memory.map().minorFaults() + memory.map().majorFaults()).isEqualTo(faults);
          assertThat(memory.cache().counters().evicted()).isPositive();
        });
  }

  @Test
  void storesKnownToPageTablesAlone_surviveReclaim() throws Exception {
    with(
        MemoryMapSettings.DEFAULT.withMsync(new ScanningMsync()),
        40,
        memory -> {
          MemoryMapping m = memory.map(FILE_PAGES, READ_WRITE, MAP_SHARED);
          memory
              .machine()
              .spawn(
                  "flusher",
                  dev.sekiso.machine.TaskKind.DAEMON,
                  () -> {
                    while (true) {
                      memory.machine().sleep(1_000_000);
                      try {
                        memory.pages().writePages(WritebackControl.start(0, Long.MAX_VALUE));
                      } catch (ErrnoException e) {
                        throw new AssertionError(e);
                      }
                    }
                  });
          for (int page = 0; page < FILE_PAGES; page++) {
            m.setByte((long) page * PAGE + 5, (byte) (page + 1));
          }
          for (int page = 0; page < FILE_PAGES; page++) {
            assertThat(m.getByte((long) page * PAGE + 5)).isEqualTo((byte) (page + 1));
          }
        });
  }

  @Test
  void anonymousMemory_beyondWhatThereIs_isKilled() throws Exception {
    with(
        MemoryMapSettings.DEFAULT,
        32,
        memory -> {
          MemoryMapping a = memory.map().mmap(0, 64 * PAGE, READ_WRITE, MAP_PRIVATE);
          assertSignal(Signal.KILL, () -> a.fill(0, 64 * PAGE, (byte) 1));
          assertThat(a.getByte(0)).isEqualTo((byte) 1);
        });
  }

  // ---- msync -----------------------------------------------------------------------------------

  @Test
  void msync_checksInLinuxsOrder() throws Exception {
    for (MsyncPolicy era :
        new MsyncPolicy[] {new TrackedMsync(), new ScanningMsync(), new WritingMsync()}) {
      with(
          MemoryMapSettings.DEFAULT.withMsync(era),
          512,
          memory -> {
            MemoryMap map = memory.map();
            MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
            long at = m.address();
            assertErrno(Errno.EINVAL, () -> map.msync(at, PAGE, 64));
            assertErrno(Errno.EINVAL, () -> map.msync(at, PAGE, MS_SYNC | MS_ASYNC));
            assertErrno(Errno.EINVAL, () -> map.msync(at + 1, PAGE, MS_SYNC));
            assertErrno(Errno.ENOMEM, () -> map.msync(at, Long.MAX_VALUE - at + PAGE, MS_SYNC));
            map.msync(at, 0, MS_SYNC);
            map.msync(at, 8 * PAGE, 0);
            map.msync(at, 8 * PAGE, MS_SYNC | MS_INVALIDATE);
            assertErrno(Errno.ENOMEM, () -> map.msync(at, 9 * PAGE, MS_SYNC));
            map.mlock2(at + 2 * PAGE, PAGE, MapFlags.MLOCK_ONFAULT);
            map.msync(at, 8 * PAGE, MS_SYNC);
            assertErrno(Errno.EBUSY, () -> map.msync(at, 8 * PAGE, MS_ASYNC | MS_INVALIDATE));
          });
    }
  }

  @Test
  void msync_overAGap_syncsTheRest() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      m.setByte(PAGE, (byte) 50);
      m.setByte(6 * PAGE, (byte) 51);
      memory.map().munmap(m.address() + 3 * PAGE, PAGE);
      assertErrno(Errno.ENOMEM, () -> m.sync(MS_ASYNC));
      assertErrno(Errno.ENOMEM, () -> m.sync(MS_SYNC));
      assertThat(memory.file().device()[PAGE]).isEqualTo((byte) 50);
      assertThat(memory.file().device()[6 * PAGE]).isEqualTo((byte) 51);
    });
  }

  @Test
  void asynchronousMsync_overAGap_todayStopsThereBeforeItScanned() throws Exception {
    with(
        MemoryMapSettings.DEFAULT.withMsync(new ScanningMsync()),
        512,
        memory -> {
          MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
          m.setByte(PAGE, (byte) 50);
          m.setByte(6 * PAGE, (byte) 51);
          memory.map().munmap(m.address() + 3 * PAGE, PAGE);
          assertThat(memory.pages().dirtyPages()).isZero();
          assertErrno(Errno.ENOMEM, () -> m.sync(MS_ASYNC));
          assertThat(memory.pages().dirtyPages()).isEqualTo(2);
        });
  }

  @Test
  void privateMappings_areNotSynced() throws Exception {
    with(memory -> {
      MemoryMapping p = memory.map(2, READ_WRITE, MAP_PRIVATE);
      p.setByte(0, (byte) 50);
      p.sync(MS_SYNC);
      assertThat(memory.file().device()[0]).isZero();
    });
  }

  @Test
  void failedWriteback_isTheSyncsError() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(2, READ_WRITE, MAP_SHARED);
      m.setByte(PAGE, (byte) 50);
      memory.file().failWrites(1);
      assertErrno(Errno.EIO, () -> m.sync(MS_SYNC));
      memory.file().heal();
      m.sync(MS_SYNC);
      assertThat(m.getByte(PAGE)).isEqualTo((byte) 50);
      m.setByte(PAGE, (byte) 51);
      m.sync(MS_SYNC);
      assertThat(memory.file().device()[PAGE]).isEqualTo((byte) 51);
    });
  }

  // ---- non-linear mappings ---------------------------------------------------------------------

  @Test
  void remapFilePages_showsOtherPages_inPlaceAndEmulated() throws Exception {
    for (MemoryMapSettings.NonLinear kind : MemoryMapSettings.NonLinear.values()) {
      with(
          MemoryMapSettings.DEFAULT.withNonLinear(kind),
          48,
          memory -> {
            MemoryMap map = memory.map();
            MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
            m.setByte(3 * PAGE + 7, (byte) 70);
            map.remapFilePages(m.address() + 3 * PAGE, 2 * PAGE, 0, 40, 0);
            map.remapFilePages(m.address() + 5 * PAGE, PAGE, 0, 3, MapFlags.MAP_NONBLOCK);
            assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 40);
            assertThat(m.getByte(4 * PAGE)).isEqualTo((byte) 41);
            assertThat(m.getByte(5 * PAGE + 7)).isEqualTo((byte) 70);
            assertThat(m.getByte(2 * PAGE)).isEqualTo((byte) 2);
            m.setByte(4 * PAGE, (byte) 99);
            assertThat(map.maps()).hasSize(kind == MemoryMapSettings.NonLinear.IN_PLACE ? 1 : 4);
            m.sync(MS_SYNC);
            assertThat(memory.file().device()[41 * PAGE]).isEqualTo((byte) 99);
            MemoryMapping all = memory.map(FILE_PAGES, PROT_READ, MAP_SHARED);
            for (int page = 0; page < FILE_PAGES; page++) {
              all.getByte((long) page * PAGE);
            }
            assertThat(m.getByte(4 * PAGE)).isEqualTo((byte) 99);
            m.advise(MapFlags.MADV_DONTNEED);
            assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 40);
            memory.file().truncate(memory.pages(), 41 * PAGE);
            assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 40);
            assertSignal(Signal.BUS, () -> m.getByte(4 * PAGE));
            memory.file().truncate(memory.pages(), FILE_PAGES * PAGE);
            assertThat(m.getByte(4 * PAGE)).isZero();
            map.munmap(m.address() + 2 * PAGE, 2 * PAGE);
            assertThat(m.getByte(5 * PAGE + 7)).isEqualTo((byte) 70);
          });
    }
  }

  @Test
  void remapFilePages_refusesWhatLinuxRefuses() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping p = memory.map(8, READ_WRITE, MAP_PRIVATE);
      MemoryMapping s = memory.map(8, READ_WRITE, MAP_SHARED);
      assertErrno(Errno.EINVAL, () -> map.remapFilePages(p.address(), PAGE, 0, 3, 0));
      assertErrno(Errno.EINVAL, () -> map.remapFilePages(s.address(), PAGE, 1, 3, 0));
      assertErrno(Errno.EINVAL, () -> map.remapFilePages(s.address(), 0, 0, 3, 0));
      assertErrno(Errno.EINVAL, () -> map.remapFilePages(s.address(), 9 * PAGE, 0, 3, 0));
    });
  }

  // ---- the fast path ---------------------------------------------------------------------------

  @Test
  void loadsAndStoresOfPresentPages_allocateNothing() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(FILE_PAGES, READ_WRITE, MAP_SHARED);
      m.fill(0, FILE_PAGES * PAGE, (byte) 0);
      m.getLong(0);
      com.sun.management.ThreadMXBean threads =
          (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long sum = use(m, 20_000);
      long before = threads.getCurrentThreadAllocatedBytes();
      sum += use(m, 100_000);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(sum).isNotEqualTo(-1);
      assertThat(allocated).isLessThan(100_000);
    });
  }

  private static long use(MemoryMapping m, int times) {
    long sum = 0;
    for (int i = 0; i < times; i++) {
      long offset = (i * 4104L) % ((FILE_PAGES - 1) * PAGE);
      sum += m.getLong(offset);
      m.setInt(offset + 8, i);
      sum += m.getInt(offset + 8);
    }
    return sum;
  }

  @Test
  void fixedMapping_overLockedMemory_uncountsIt() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED | MAP_LOCKED);
      assertThat(memory.map().lockedPages()).isEqualTo(4);
      memory.map().mmap(m.address() + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED);
      assertThat(memory.map().lockedPages()).isEqualTo(3);
      MemorySegment out = MemorySegment.ofArray(new byte[PAGE]);
      m.copyTo(PAGE, out, 0, PAGE);
      assertThat(out.mismatch(MemorySegment.ofArray(new byte[PAGE]))).isEqualTo(-1);
    });
  }
}
