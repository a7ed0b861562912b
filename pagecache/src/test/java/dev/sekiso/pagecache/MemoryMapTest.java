package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.MapFlags.MAP_ANONYMOUS;
import static dev.sekiso.pagecache.MapFlags.MAP_FIXED;
import static dev.sekiso.pagecache.MapFlags.MAP_FIXED_NOREPLACE;
import static dev.sekiso.pagecache.MapFlags.MAP_POPULATE;
import static dev.sekiso.pagecache.MapFlags.MAP_PRIVATE;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED_VALIDATE;
import static dev.sekiso.pagecache.MapFlags.MREMAP_DONTUNMAP;
import static dev.sekiso.pagecache.MapFlags.MREMAP_FIXED;
import static dev.sekiso.pagecache.MapFlags.MREMAP_MAYMOVE;
import static dev.sekiso.pagecache.MapFlags.PROT_NONE;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import java.lang.foreign.MemorySegment;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The calls on a process's memory, one by one, and what loads and stores find afterwards. */
final class MemoryMapTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int READ_WRITE = PROT_READ | PROT_WRITE;
  private static final int FILE_PAGES = 64;

  /** What a test works with. */
  private record Memory(
      Machine machine, FolioPageCache cache, FakeFile file, AddressSpace pages, MemoryMap map) {

    MappedFile mapped() {
      return MappedFile.of(pages, new ReadaheadState(32));
    }

    MemoryMapping map(int count, int protection, int flags) throws ErrnoException {
      return map.mmap(0, (long) count * PAGE, protection, flags, mapped(), 0);
    }

    byte read(long position) throws ErrnoException {
      byte[] one = new byte[1];
      pages.read(new ReadaheadState(0), position, MemorySegment.ofArray(one), 0);
      return one[0];
    }
  }

  @FunctionalInterface
  private interface Body {
    void run(Memory memory) throws Exception;
  }

  private static void with(Body body) throws Exception {
    with(MemoryMapSettings.DEFAULT, body);
  }

  private static void with(MemoryMapSettings settings, Body body) throws Exception {
    TestMachines.simulated(11, machine -> run(machine, settings, body));
    TestMachines.system(machine -> run(machine, settings, body));
  }

  private static void run(Machine machine, MemoryMapSettings settings, Body body) throws Exception {
    FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(512));
    FakeFile file = new FakeFile(machine, FILE_PAGES * PAGE, FILE_PAGES * PAGE);
    for (int page = 0; page < FILE_PAGES; page++) {
      file.device()[page * PAGE] = (byte) page;
      file.device()[page * PAGE + 1] = 77;
    }
    AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
    MemoryMap map = cache.newMemoryMap(settings);
    body.run(new Memory(machine, cache, file, pages, map));
    map.close();
    assertThat(map.maps()).isEmpty();
    pages.writeAndWait(0, Long.MAX_VALUE);
    assertThat(PageCacheContract.violationsAtRest(machine, cache)).isEmpty();
    pages.close();
    cache.close();
  }

  private static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  private static void assertFault(Signal signal, long address, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MemoryFaultException.class,
            e -> {
              assertThat(e.signal()).isEqualTo(signal);
              assertThat(e.address()).isEqualTo(address & -PAGE);
            });
  }

  // ---- mmap ------------------------------------------------------------------------------------

  @Test
  void sharedMapping_showsTheFile() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(FILE_PAGES, PROT_READ, MAP_SHARED);
      for (int page = 0; page < FILE_PAGES; page++) {
        assertThat(m.getByte((long) page * PAGE)).isEqualTo((byte) page);
      }
      assertThat(memory.map().majorFaults()).isPositive();
      assertThat(m.getShort(0)).isEqualTo((short) (77 << 8));
    });
  }

  @Test
  void sharedStore_isSeenByReadAndReachesTheDevice() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(FILE_PAGES, READ_WRITE, MAP_SHARED);
      m.setLong(5 * PAGE + 8, 0x1122334455667788L);
      assertThat(memory.read(5 * PAGE + 8)).isEqualTo((byte) 0x88);
      assertThat(memory.pages().dirtyPages()).isEqualTo(1);
      m.sync(MapFlags.MS_SYNC);
      assertThat(memory.pages().dirtyPages()).isZero();
      assertThat(memory.file().device()[5 * PAGE + 8]).isEqualTo((byte) 0x88);
      m.setByte(5 * PAGE + 8, (byte) 3);
      assertThat(memory.pages().dirtyPages()).isEqualTo(1);
    });
  }

  @Test
  void write_isSeenThroughMappings() throws Exception {
    with(memory -> {
      MemoryMapping shared = memory.map(4, READ_WRITE, MAP_SHARED);
      MemoryMapping copy = memory.map(4, READ_WRITE, MAP_PRIVATE);
      assertThat(shared.getByte(0)).isZero();
      copy.setByte(PAGE, (byte) 9);
      byte[] page = new byte[2 * PAGE];
      page[0] = 42;
      page[PAGE] = 43;
      memory.pages().write(0, MemorySegment.ofArray(page), 0);
      assertThat(shared.getByte(0)).isEqualTo((byte) 42);
      assertThat(copy.getByte(0)).isEqualTo((byte) 42);
      assertThat(shared.getByte(PAGE)).isEqualTo((byte) 43);
      assertThat(copy.getByte(PAGE)).isEqualTo((byte) 9);
    });
  }

  @Test
  void privateStore_staysPrivate() throws Exception {
    with(memory -> {
      MemoryMapping one = memory.map(4, READ_WRITE, MAP_PRIVATE);
      MemoryMapping other = memory.map(4, READ_WRITE, MAP_PRIVATE);
      assertThat(one.getByte(2 * PAGE)).isEqualTo((byte) 2);
      one.setByte(2 * PAGE, (byte) 50);
      assertThat(one.getByte(2 * PAGE)).isEqualTo((byte) 50);
      assertThat(one.getByte(2 * PAGE + 1)).isEqualTo((byte) 77);
      assertThat(other.getByte(2 * PAGE)).isEqualTo((byte) 2);
      assertThat(memory.read(2 * PAGE)).isEqualTo((byte) 2);
      assertThat(memory.pages().dirtyPages()).isZero();
    });
  }

  @Test
  void anonymousMemory_isZeroUntilStoredTo() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map().mmap(0, 3 * PAGE, READ_WRITE, MAP_PRIVATE);
      assertThat(m.getLong(PAGE)).isZero();
      long free = memory.cache().memory().free();
      m.setLong(PAGE, -5);
      assertThat(m.getLong(PAGE)).isEqualTo(-5);
      assertThat(memory.cache().memory().free()).isEqualTo(free - 1);
      m.close();
      assertThat(memory.cache().memory().free()).isEqualTo(free);
      assertFault(Signal.SEGV, m.address() + PAGE, () -> m.getLong(PAGE));
    });
  }

  @Test
  void sharedAnonymousMemory_isOneForAllWhoGotItByRemap() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map().mmap(0, 3 * PAGE, READ_WRITE, MAP_SHARED);
      m.setInt(PAGE, 17);
      MemoryMapping twin = memory.map().mremap(m.address(), 0, 3 * PAGE, MREMAP_MAYMOVE, 0);
      assertThat(twin.address()).isNotEqualTo(m.address());
      assertThat(twin.getInt(PAGE)).isEqualTo(17);
      twin.setInt(PAGE, 18);
      assertThat(m.getInt(PAGE)).isEqualTo(18);
      m.sync(MapFlags.MS_SYNC);
      m.close();
      assertThat(twin.getInt(PAGE)).isEqualTo(18);
    });
  }

  @Test
  void values_acrossPagesAndOfEveryType() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
      m.setLong(PAGE - 3, 0x0102030405060708L);
      assertThat(m.getLong(PAGE - 3)).isEqualTo(0x0102030405060708L);
      m.setInt(2 * PAGE - 2, 0xCAFEBABE);
      assertThat(m.getInt(2 * PAGE - 2)).isEqualTo(0xCAFEBABE);
      m.setShort(3 * PAGE - 1, (short) 0x1234);
      assertThat(m.getShort(3 * PAGE - 1)).isEqualTo((short) 0x1234);
      m.setDouble(8, Math.PI);
      m.setFloat(16, 1.5f);
      assertThat(m.getDouble(8)).isEqualTo(Math.PI);
      assertThat(m.getFloat(16)).isEqualTo(1.5f);
      assertThat(m.compareAndSetInt(20, 0, 5)).isTrue();
      assertThat(m.compareAndSetInt(20, 0, 6)).isFalse();
      assertThat(m.compareAndSetLong(24, 0, 7)).isTrue();
      assertThat(m.getLong(24)).isEqualTo(7);
      m.fill(PAGE, 2 * PAGE, (byte) 4);
      byte[] out = new byte[3 * PAGE];
      m.copyTo(10, MemorySegment.ofArray(out), 0, out.length);
      assertThat(out[PAGE - 10]).isEqualTo((byte) 4);
      m.copyFrom(PAGE + 7, MemorySegment.ofArray(new byte[] {1, 2, 3}), 0, 3);
      assertThat(m.getByte(PAGE + 9)).isEqualTo((byte) 3);
      assertThatThrownBy(() -> m.getLong(4 * PAGE - 4))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> m.compareAndSetInt(2, 0, 0))
          .isInstanceOf(IllegalArgumentException.class);
    });
  }

  @Test
  void mmap_refusesWhatLinuxRefuses() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MappedFile file = memory.mapped();
      assertErrno(Errno.EINVAL, () -> map.mmap(0, 0, PROT_READ, MAP_SHARED, file, 0));
      assertErrno(Errno.EINVAL, () -> map.mmap(0, PAGE, PROT_READ, 0, file, 0));
      assertErrno(Errno.EINVAL, () -> map.mmap(0, PAGE, PROT_READ, MAP_SHARED, file, 1));
      assertErrno(
          Errno.EOVERFLOW,
          () -> map.mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, file, Long.MAX_VALUE & -PAGE));
      assertErrno(Errno.ENOMEM, () -> map.mmap(0, 1L << 60, PROT_READ, MAP_SHARED, file, 0));
      assertErrno(
          Errno.EINVAL, () -> map.mmap(PAGE + 1, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0));
      assertErrno(
          Errno.EPERM, () -> map.mmap(PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0));
      assertErrno(
          Errno.EOPNOTSUPP,
          () -> map.mmap(0, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 1 << 28, file, 0));
      assertErrno(Errno.EINVAL, () -> map.mmap(0, PAGE, 1 << 20, MAP_PRIVATE | MAP_ANONYMOUS));
      MemoryMapping m = memory.map(2, PROT_READ, MAP_SHARED);
      assertErrno(
          Errno.EEXIST,
          () ->
              map.mmap(
                  m.address() + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0));
    });
  }

  @Test
  void mmap_tooManyAreas() throws Exception {
    with(
        MemoryMapSettings.DEFAULT.withMaximumAreas(2),
        memory -> {
          memory.map(1, PROT_READ, MAP_SHARED);
          MemoryMapping m = memory.map(4, PROT_READ, MAP_PRIVATE);
          assertErrno(Errno.ENOMEM, () -> memory.map(1, READ_WRITE, MAP_SHARED));
          assertErrno(Errno.ENOMEM, () -> memory.map().munmap(m.address() + PAGE, PAGE));
        });
  }

  @Test
  void fixedMapping_replacesWhatWasThere() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 3);
      memory
          .map()
          .mmap(
              m.address() + 2 * PAGE,
              3 * PAGE,
              READ_WRITE,
              MAP_SHARED | MAP_FIXED,
              memory.mapped(),
              40 * PAGE);
      assertThat(m.getByte(PAGE)).isEqualTo((byte) 1);
      assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 41);
      assertThat(m.getByte(5 * PAGE)).isEqualTo((byte) 5);
      assertThat(memory.map().maps()).hasSize(3);
    });
  }

  @Test
  void populate_bringsEverythingIn() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(20, PROT_READ, MAP_SHARED | MAP_POPULATE);
      long faults = memory.map().minorFaults() + memory.map().majorFaults();
      for (int page = 0; page < 20; page++) {
        assertThat(m.getByte((long) page * PAGE)).isEqualTo((byte) page);
      }
      assertThat(memory.map().minorFaults() + memory.map().majorFaults()).isEqualTo(faults);
    });
  }

  // ---- munmap, mprotect, mremap ----------------------------------------------------------------

  @Test
  void munmap_ofTheMiddleLeavesTheEnds() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      for (int page = 0; page < 8; page++) {
        m.setByte((long) page * PAGE + 1, (byte) (60 + page));
      }
      memory.map().munmap(m.address() + 2 * PAGE, 3 * PAGE);
      assertThat(m.getByte(PAGE + 1)).isEqualTo((byte) 61);
      assertThat(m.getByte(5 * PAGE + 1)).isEqualTo((byte) 65);
      assertFault(Signal.SEGV, m.address() + 3 * PAGE, () -> m.getByte(3 * PAGE));
      assertFault(Signal.SEGV, m.address() + 4 * PAGE, () -> m.setByte(4 * PAGE, (byte) 0));
      assertThat(memory.read(3 * PAGE + 1)).isEqualTo((byte) 63);
      memory.map().munmap(m.address(), 100 * PAGE);
      memory.map().munmap(m.address(), PAGE);
      assertErrno(Errno.EINVAL, () -> memory.map().munmap(m.address() + 1, PAGE));
      assertErrno(Errno.EINVAL, () -> memory.map().munmap(m.address(), 0));
    });
  }

  @Test
  void mprotect_decidesAboutLoadsAndStores() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(8, READ_WRITE, MAP_SHARED);
      m.setByte(3 * PAGE, (byte) 30);
      memory.map().mprotect(m.address() + 2 * PAGE, 3 * PAGE, PROT_READ);
      assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 30);
      assertFault(Signal.SEGV, m.address() + 3 * PAGE, () -> m.setByte(3 * PAGE, (byte) 1));
      m.setByte(5 * PAGE, (byte) 31);
      memory.map().mprotect(m.address() + 2 * PAGE, 3 * PAGE, PROT_NONE);
      assertFault(Signal.SEGV, m.address() + 3 * PAGE, () -> m.getByte(3 * PAGE));
      assertThat(memory.map().maps()).hasSize(3);
      memory.map().mprotect(m.address(), 8 * PAGE, READ_WRITE);
      assertThat(memory.map().maps()).hasSize(1);
      assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 30);
      m.setByte(3 * PAGE, (byte) 32);
      assertThat(memory.read(3 * PAGE)).isEqualTo((byte) 32);
      assertErrno(Errno.EINVAL, () -> memory.map().mprotect(m.address() + 1, PAGE, PROT_READ));
      assertErrno(Errno.ENOMEM, () -> memory.map().mprotect(m.address(), 9 * PAGE, PROT_READ));
      assertFault(Signal.SEGV, m.address(), () -> m.setByte(0, (byte) 1));
    });
  }

  @Test
  void mprotect_ofAFileNotOpenForWriting() throws Exception {
    with(memory -> {
      MappedFile readOnly =
          new MappedFile() {
            @Override
            public AddressSpace pages() {
              return memory.pages();
            }

            @Override
            public ReadaheadState readahead() {
              return new ReadaheadState(0);
            }

            @Override
            public void keep() {}

            @Override
            public void letGo() {}

            @Override
            public boolean isWritable() {
              return false;
            }
          };
      assertErrno(
          Errno.EACCES, () -> memory.map().mmap(0, PAGE, READ_WRITE, MAP_SHARED, readOnly, 0));
      MemoryMapping shared = memory.map().mmap(0, PAGE, PROT_READ, MAP_SHARED, readOnly, 0);
      assertErrno(Errno.EACCES, () -> memory.map().mprotect(shared.address(), PAGE, READ_WRITE));
      MemoryMapping copy = memory.map().mmap(0, PAGE, READ_WRITE, MAP_PRIVATE, readOnly, 0);
      copy.setByte(0, (byte) 1);
      assertThat(memory.read(0)).isZero();
    });
  }

  @Test
  void mremap_growsInPlaceMovesAndShrinks() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
      m.setByte(PAGE, (byte) 90);
      MemoryMapping above =
          memory
              .map()
              .mmap(
                  m.address() + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
      assertErrno(Errno.ENOMEM, () -> memory.map().mremap(m.address(), 4 * PAGE, 6 * PAGE, 0, 0));
      above.close();
      MemoryMapping grown = memory.map().mremap(m.address(), 4 * PAGE, 5 * PAGE, 0, 0);
      assertThat(grown.address()).isEqualTo(m.address());
      assertThat(grown.getByte(4 * PAGE)).isEqualTo((byte) 4);
      memory
          .map()
          .mmap(m.address() + 5 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
      MemoryMapping moved = memory.map().mremap(m.address(), 5 * PAGE, 9 * PAGE, MREMAP_MAYMOVE, 0);
      assertThat(moved.address()).isNotEqualTo(m.address());
      assertThat(moved.getByte(PAGE)).isEqualTo((byte) 90);
      assertThat(moved.getByte(8 * PAGE)).isEqualTo((byte) 8);
      assertFault(Signal.SEGV, m.address() + PAGE, () -> m.getByte(PAGE));
      MemoryMapping less = memory.map().mremap(moved.address(), 9 * PAGE, PAGE, 0, 0);
      assertThat(less.getByte(0)).isZero();
      assertFault(Signal.SEGV, moved.address() + PAGE, () -> moved.getByte(PAGE));
    });
  }

  @Test
  void mremap_toAGivenPlaceAndLeavingTheOldOne() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping m = map.mmap(0, 4 * PAGE, READ_WRITE, MAP_PRIVATE);
      m.setByte(PAGE, (byte) 5);
      long to = m.address() - 100 * PAGE;
      MemoryMapping moved =
          map.mremap(m.address(), 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
      assertThat(moved.address()).isEqualTo(to);
      assertThat(moved.getByte(PAGE)).isEqualTo((byte) 5);
      MemoryMapping again =
          map.mremap(to, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
      assertThat(again.getByte(PAGE)).isEqualTo((byte) 5);
      assertThat(moved.getByte(PAGE)).isZero();
    });
  }

  @Test
  void mremap_refusesWhatLinuxRefuses() throws Exception {
    with(memory -> {
      MemoryMap map = memory.map();
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_PRIVATE);
      long at = m.address();
      assertErrno(Errno.EINVAL, () -> map.mremap(at + 1, PAGE, PAGE, 0, 0));
      assertErrno(Errno.EINVAL, () -> map.mremap(at, PAGE, 0, 0, 0));
      assertErrno(Errno.EINVAL, () -> map.mremap(at, PAGE, PAGE, 64, 0));
      assertErrno(Errno.EINVAL, () -> map.mremap(at, PAGE, PAGE, MREMAP_FIXED, 0));
      assertErrno(Errno.EINVAL, () -> map.mremap(at, 0, PAGE, MREMAP_MAYMOVE, 0));
      assertErrno(
          Errno.EINVAL, () -> map.mremap(at, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
      assertErrno(
          Errno.EINVAL,
          () -> map.mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE));
      assertErrno(Errno.EFAULT, () -> map.mremap(at - 10 * PAGE, PAGE, PAGE, 0, 0));
      assertErrno(Errno.EFAULT, () -> map.mremap(at, 5 * PAGE, 9 * PAGE, MREMAP_MAYMOVE, 0));
    });
  }

  // ---- the end of the file ---------------------------------------------------------------------

  @Test
  void truncation_takesPagesFromMappings() throws Exception {
    with(memory -> {
      MemoryMapping shared = memory.map(8, READ_WRITE, MAP_SHARED);
      MemoryMapping copy = memory.map(8, READ_WRITE, MAP_PRIVATE);
      for (int page = 0; page < 8; page++) {
        shared.setByte((long) page * PAGE + 2, (byte) 1);
        copy.setByte((long) page * PAGE + 2, (byte) 2);
      }
      memory.file().truncate(memory.pages(), 3 * PAGE + 100);
      assertThat(shared.getByte(2 * PAGE + 2)).isEqualTo((byte) 1);
      assertThat(shared.getByte(3 * PAGE + 2)).isEqualTo((byte) 1);
      assertThat(shared.getByte(3 * PAGE + 100)).isZero();
      assertFault(Signal.BUS, shared.address() + 4 * PAGE, () -> shared.getByte(4 * PAGE));
      assertFault(
          Signal.BUS, shared.address() + 5 * PAGE, () -> shared.setByte(5 * PAGE, (byte) 1));
      assertThat(copy.getByte(2 * PAGE + 2)).isEqualTo((byte) 2);
      assertFault(Signal.BUS, copy.address() + 4 * PAGE, () -> copy.getByte(4 * PAGE + 2));
      memory.file().truncate(memory.pages(), 6 * PAGE);
      assertThat(shared.getByte(5 * PAGE + 2)).isZero();
    });
  }

  @Test
  void hole_isShownAsZeroesButCopiesStay() throws Exception {
    with(memory -> {
      MemoryMapping shared = memory.map(8, READ_WRITE, MAP_SHARED);
      MemoryMapping copy = memory.map(8, READ_WRITE, MAP_PRIVATE);
      shared.setByte(2 * PAGE, (byte) 1);
      copy.setByte(2 * PAGE, (byte) 2);
      assertThat(copy.getByte(3 * PAGE)).isEqualTo((byte) 3);
      java.util.Arrays.fill(memory.file().device(), 2 * PAGE, 4 * PAGE, (byte) 0);
      memory.pages().truncateRange(2 * PAGE, 4 * PAGE - 1);
      assertThat(shared.getByte(2 * PAGE)).isZero();
      assertThat(copy.getByte(2 * PAGE)).isEqualTo((byte) 2);
      assertThat(copy.getByte(3 * PAGE)).isZero();
    });
  }

  @Test
  void unreadablePage_isABusErrorUntilItCanBeRead() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
      memory.file().failReads(2);
      assertFault(Signal.BUS, m.address() + 2 * PAGE, () -> m.getByte(2 * PAGE));
      assertThat(m.getByte(PAGE)).isEqualTo((byte) 1);
      assertFault(Signal.BUS, m.address() + 2 * PAGE, () -> m.setByte(2 * PAGE, (byte) 1));
      memory.file().heal();
      assertThat(m.getByte(2 * PAGE)).isEqualTo((byte) 2);
    });
  }

  @Test
  void directWrite_isSeenThroughMappings() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
      m.setByte(PAGE + 600, (byte) 7);
      MemorySegment sector = MemorySegment.ofArray(new byte[512]);
      sector.fill((byte) 9);
      assertThat(memory.pages().writeDirectly(PAGE, sector, 0)).isEqualTo(512);
      assertThat(m.getByte(PAGE)).isEqualTo((byte) 9);
      assertThat(m.getByte(PAGE + 600)).isEqualTo((byte) 7);
      m.setByte(PAGE, (byte) 10);
      MemorySegment read = MemorySegment.ofArray(new byte[512]);
      assertThat(memory.pages().readDirectly(PAGE, read, 0)).isEqualTo(512);
      assertThat(read.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 10);
    });
  }

  @Test
  void closedMap_hasNothingMapped() throws Exception {
    with(memory -> {
      MemoryMapping m = memory.map(4, READ_WRITE, MAP_SHARED);
      m.setByte(0, (byte) 1);
      memory.map().close();
      assertFault(Signal.SEGV, m.address(), () -> m.getByte(0));
      assertErrno(Errno.ESRCH, () -> memory.map(1, PROT_READ, MAP_SHARED));
      assertThat(memory.read(0)).isEqualTo((byte) 1);
    });
  }
}
