package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.MapFlags.MAP_PRIVATE;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import dev.sekiso.pagecache.msync.MsyncPolicy;
import dev.sekiso.pagecache.msync.ScanningMsync;
import dev.sekiso.pagecache.msync.TrackedMsync;
import dev.sekiso.pagecache.msync.WritingMsync;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several tasks, each with mappings of its own and of a process it shares, load, store, read,
 * write, sync, advise, move and unmap at random on a cache that is much too small, while a flusher
 * writes and somebody truncates. Each task owns one sector of every page, so it knows at any time
 * what it must find there, whatever way it looks.
 *
 * <p>Truncation either has the file to itself, and then everything is known; or it comes at any
 * moment, and then an own value may turn to zero, but never to an older one.
 */
final class MemoryMapModelTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int SECTOR = 512;
  private static final int TASKS = 3;
  private static final int FILE_PAGES = 60;
  private static final int CACHE_PAGES = 64;
  private static final int MOST_COPIES = 4;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 20})
  void tasksAndMappings_agreeInVirtualTime(long seed) throws Exception {
    TestMachines.simulated(seed, machine -> new Run(machine, seed, 150).run());
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33, 35})
  void tasksAndMappings_agreeInRealTime(long seed) throws Exception {
    TestMachines.system(machine -> new Run(machine, seed, 400).run());
  }

  private static MsyncPolicy era(long seed) {
    return switch ((int) (seed % 4)) {
      case 0 -> new ScanningMsync();
      case 1 -> new WritingMsync();
      default -> new TrackedMsync();
    };
  }

  /** One run. */
  private static final class Run {
    private final Machine machine;
    private final long seed;
    private final int steps;
    private final boolean truncationWaits;
    private final PageCache cache;
    private final FakeFile file;
    private final AddressSpace pages;
    private final MemoryMapSettings settings;
    private final MemoryMap common;

    /** Held for reading by whoever works; for writing by truncation that wants the file alone. */
    private final SleepingReadWriteLock quiet;

    /** What the page cache expects of its callers: held over writes and truncation. */
    private final SleepingLock inode;

    private final List<Worker> workers = new ArrayList<>();
    private volatile boolean done;
    private volatile Throwable failure;

    Run(Machine machine, long seed, int steps) {
      this.machine = machine;
      this.seed = seed;
      this.steps = steps;
      this.truncationWaits = seed % 3 != 0;
      this.settings =
          MemoryMapSettings.DEFAULT
              .withMsync(era(seed))
              .withFaultAroundBytes(seed % 5 == 0 ? PAGE : 16 * PAGE);
      PageCacheSettings sizes = PageCacheSettings.ofPages(CACHE_PAGES);
      this.cache =
          seed % 7 == 0
              ? new PassThroughPageCache(machine, sizes)
              : new FolioPageCache(machine, sizes);
      this.file = new FakeFile(machine, FILE_PAGES * PAGE, FILE_PAGES * PAGE);
      if (seed % 2 == 0) {
        file.allowLargeFolios();
      }
      this.pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      this.common = cache.newMemoryMap(settings);
      this.quiet = machine.newReadWriteLock("quiet");
      this.inode = machine.newLock("inode");
    }

    void run() throws Exception {
      List<Task> tasks = new ArrayList<>();
      Task flusher = machine.spawn("flusher", TaskKind.USER, this::flush);
      for (int i = 0; i < TASKS; i++) {
        Worker worker = new Worker(i);
        workers.add(worker);
        tasks.add(machine.spawn("worker " + i, TaskKind.USER, () -> guarded(worker::work)));
      }
      try {
        for (Task task : tasks) {
          task.join();
        }
        done = true;
        flusher.join();
      } catch (PowerCut e) {
        // What failed first may have left others waiting until the test's patience ended.
        if (failure == null) {
          throw e;
        }
      }
      if (failure != null) {
        throw new AssertionError("with seed " + seed + ": " + failure.getMessage(), failure);
      }
      workers.forEach(worker -> worker.own.close());
      common.close();
      pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(PageCacheContract.violationsAtRest(machine, cache))
          .as("with seed " + seed)
          .isEmpty();
      for (Worker worker : workers) {
        worker.checkDevice();
      }
      pages.close();
      cache.close();
    }

    @FunctionalInterface
    private interface Work {
      void run() throws Exception;
    }

    private void guarded(Work work) {
      try {
        work.run();
      } catch (Exception | AssertionError e) {
        failure = failure == null ? e : failure;
      }
    }

    private void flush() {
      guarded(() -> {
        while (!done) {
          machine.sleep(300_000);
          pages.writePages(WritebackControl.start(0, Long.MAX_VALUE));
        }
      });
    }

    private final class Worker {
      private final int id;
      private final Random random;
      private final MemoryMap own;
      private final long[] last = new long[FILE_PAGES];

      /** What the private mapping's copies hold, 0 where it has none. */
      private final long[] copied = new long[FILE_PAGES];

      private MemoryMapping shared;
      private MemoryMapping other;
      private MemoryMapping copy;
      private long sequence;

      Worker(int id) {
        this.id = id;
        this.random = new Random(seed * 31 + id);
        this.own = cache.newMemoryMap(settings);
      }

      private MemoryMapping map(MemoryMap where, int kind) throws ErrnoException {
        MappedFile mapped = MappedFile.of(pages, new ReadaheadState(16));
        return where.mmap(0, FILE_PAGES * PAGE, PROT_READ | PROT_WRITE, kind, mapped, 0);
      }

      void work() throws ErrnoException {
        shared = map(own, MAP_SHARED);
        other = map(common, MAP_SHARED);
        copy = map(own, MAP_PRIVATE);
        for (int i = 0; i < steps && failure == null; i++) {
          if (random.nextInt(12) == 0) {
            truncate();
          } else {
            quiet.readLock().lock();
            try {
              step();
            } catch (MemoryFaultException e) {
              if (truncationWaits || e.signal() != Signal.BUS) {
                throw new AssertionError("step " + i + " of worker " + id, e);
              }
            } finally {
              quiet.readLock().unlock();
            }
          }
        }
      }

      private long position(int page) {
        return (long) page * PAGE + id * SECTOR;
      }

      /** A page the file has, if sizes do not change meanwhile. */
      private int page() {
        int count = (int) (file.size() / PAGE);
        return count == 0 ? 0 : random.nextInt(count);
      }

      private void step() throws ErrnoException {
        if (file.size() == 0) {
          return;
        }
        int page = page();
        MemoryMapping mapping = random.nextBoolean() ? shared : other;
        switch (random.nextInt(16)) {
          case 0, 1, 2 -> store(mapping, page);
          case 3, 4 -> expect("load", page, mapping.getLong(position(page)), last[page]);
          case 5 -> write(page);
          case 6 -> read(page);
          case 7 -> storeCopy(page);
          case 8, 9 -> loadCopy(page);
          case 10 -> sync(page);
          case 11 -> advise(page);
          case 12 -> remap();
          case 13 -> protect(page);
          case 14 -> exchange(mapping, page);
          default -> copyOut(mapping, page);
        }
      }

      private void expect(String how, int page, long found, long expected) {
        boolean agrees = found == expected || (!truncationWaits && found == 0);
        assertThat(agrees)
            .as("%s by worker %d of page %d found %x, expected %x", how, id, page, found, expected)
            .isTrue();
      }

      private void store(MemoryMapping mapping, int page) {
        long value = next();
        mapping.setLong(position(page), value);
        last[page] = value;
      }

      private long next() {
        return ++sequence << 8 | id + 1;
      }

      private void exchange(MemoryMapping mapping, int page) {
        long value = next();
        boolean exchanged = mapping.compareAndSetLong(position(page), last[page], value);
        if (exchanged) {
          last[page] = value;
        }
        assertThat(exchanged || !truncationWaits).as("exchange of page " + page).isTrue();
      }

      private void write(int page) throws ErrnoException {
        MemorySegment value = MemorySegment.ofArray(new byte[8]);
        long written = next();
        value.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, written);
        inode.lock();
        try {
          if (position(page) + 8 <= file.size()) {
            assertThat(pages.write(position(page), value, 0)).isEqualTo(8);
            last[page] = written;
          }
        } finally {
          inode.unlock();
        }
      }

      private void read(int page) throws ErrnoException {
        MemorySegment value = MemorySegment.ofArray(new byte[8]);
        int count = pages.read(new ReadaheadState(8), position(page), value, 0);
        if (count == 8) {
          expect("read", page, value.get(ValueLayout.JAVA_LONG_UNALIGNED, 0), last[page]);
        } else {
          assertThat(truncationWaits).as("short read of page " + page).isFalse();
        }
      }

      private void copyOut(MemoryMapping mapping, int page) {
        MemorySegment out = MemorySegment.ofArray(new byte[PAGE]);
        mapping.copyTo((long) page * PAGE, out, 0, PAGE);
        long found = out.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) id * SECTOR);
        expect("copy", page, found, last[page]);
        for (int of = 0; of < TASKS; of++) {
          long theirs = out.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) of * SECTOR);
          assertThat(theirs == 0 || (theirs & 0xff) == of + 1)
              .as("page %d, sector of worker %d: %x", page, of, theirs)
              .isTrue();
        }
      }

      private void storeCopy(int page) throws ErrnoException {
        int copies = 0;
        for (long value : copied) {
          copies += value != 0 ? 1 : 0;
        }
        if (copied[page] == 0 && copies == MOST_COPIES) {
          copy.advise(MapFlags.MADV_DONTNEED);
          java.util.Arrays.fill(copied, 0);
        }
        long value = next();
        copy.setLong(position(page), value);
        copied[page] = value;
      }

      private void loadCopy(int page) {
        long found = copy.getLong(position(page));
        if (copied[page] == 0 || (!truncationWaits && found != copied[page])) {
          // There is no copy, or a truncation at just any moment has taken it: the file shows.
          expect("private load", page, found, last[page]);
        } else {
          expect("private load", page, found, copied[page]);
        }
      }

      private void sync(int page) throws ErrnoException {
        long address = other.address() + (long) page * PAGE;
        common.msync(address, PAGE, MapFlags.MS_ASYNC);
        own.msync(shared.address() + (long) page * PAGE, PAGE, MapFlags.MS_SYNC);
        common.msync(address, PAGE, MapFlags.MS_SYNC);
        if (truncationWaits) {
          assertThat(onDevice(page)).as("page %d on the device", page).isEqualTo(last[page]);
        }
      }

      private long onDevice(int page) {
        return MemorySegment.ofArray(file.device())
            .get(ValueLayout.JAVA_LONG_UNALIGNED, position(page));
      }

      private void advise(int page) throws ErrnoException {
        long offset = (long) page * PAGE;
        int length = Math.min(8, FILE_PAGES - page) * PAGE;
        switch (random.nextInt(7)) {
          case 0 -> own.madvise(shared.address() + offset, length, MapFlags.MADV_DONTNEED);
          case 1 -> own.madvise(shared.address() + offset, length, MapFlags.MADV_PAGEOUT);
          case 2 -> own.madvise(shared.address() + offset, length, MapFlags.MADV_RANDOM);
          case 3 -> own.madvise(shared.address() + offset, length, MapFlags.MADV_NORMAL);
          case 4 -> own.madvise(shared.address() + offset, length, MapFlags.MADV_COLD);
          case 5 -> {
            own.mlock2(shared.address() + offset, PAGE, MapFlags.MLOCK_ONFAULT);
            try {
              shared.getByte(offset);
            } finally {
              own.munlock(shared.address() + offset, PAGE);
            }
          }
          default -> cache.dropClean();
        }
      }

      private void remap() throws ErrnoException {
        switch (random.nextInt(3)) {
          case 0 -> {
            shared.close();
            shared = map(own, MAP_SHARED);
          }
          case 1 ->
              copy =
                  own.mremap(
                      copy.address(),
                      FILE_PAGES * PAGE,
                      FILE_PAGES * PAGE,
                      MapFlags.MREMAP_MAYMOVE | MapFlags.MREMAP_FIXED,
                      freeAddress());
          default -> {
            shared.advise(MapFlags.MADV_NORMAL);
            long old = shared.address();
            shared =
                own.mremap(
                    old,
                    FILE_PAGES * PAGE,
                    FILE_PAGES * PAGE,
                    MapFlags.MREMAP_MAYMOVE | MapFlags.MREMAP_FIXED,
                    freeAddress());
          }
        }
      }

      private long freeAddress() {
        return (1L << 32) + (sequence++ << 24);
      }

      private void protect(int page) throws ErrnoException {
        long offset = (long) page * PAGE;
        own.mprotect(shared.address() + offset, PAGE, PROT_READ);
        try {
          shared.setLong(position(page), next());
          throw new AssertionError("a store to what is read-only");
        } catch (MemoryFaultException e) {
          assertThat(e.signal()).isEqualTo(Signal.SEGV);
        }
        own.mprotect(shared.address() + offset, PAGE, PROT_READ | PROT_WRITE);
        store(shared, page);
      }

      private void truncate() {
        SleepingLock all = quiet.writeLock();
        if (truncationWaits) {
          all.lock();
        }
        inode.lock();
        try {
          long size = (long) random.nextInt(FILE_PAGES * PAGE / SECTOR) * SECTOR;
          file.truncate(pages, size);
          if (truncationWaits) {
            workers.forEach(worker -> worker.forget(size));
          }
          file.truncate(pages, FILE_PAGES * PAGE);
        } finally {
          inode.unlock();
          if (truncationWaits) {
            all.unlock();
          }
        }
        if (!truncationWaits) {
          // Copies behind the end are gone; those that are left are not worth telling apart.
          java.util.Arrays.fill(copied, 0);
          try {
            copy.advise(MapFlags.MADV_DONTNEED);
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        }
      }

      private void forget(long size) {
        for (int page = 0; page < FILE_PAGES; page++) {
          if (position(page) >= size) {
            last[page] = 0;
          }
          // A page the file has in part stays, and with it a copy of it.
          if ((long) page * PAGE >= size) {
            copied[page] = 0;
          }
        }
      }

      void checkDevice() {
        for (int page = 0; page < FILE_PAGES; page++) {
          expect("the device", page, onDevice(page), last[page]);
        }
      }
    }
  }
}
