package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Many tasks on a cache far too small, each checking everything it reads.
 *
 * <p>Each <em>owner</em> has a file of its own and does to it whatever can be done, next to a plain
 * array that says what the file must hold. All share a file of numbered pages: a page is always
 * written whole, under the file's lock, with its number and a version in every word; readers take
 * no lock and accept only words of the right page, with a version at least as new as the last one
 * that was complete when they began. A truncater cuts the shared file's tail off and puts it back.
 */
final class PageCacheStress {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int OWN_PAGES = 40;
  private static final int SHARED_PAGES = 60;

  /** Pages of the shared file that stay; the truncater works behind them. */
  private static final int SHARED_STABLE = 40;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  private final Machine machine;
  private final PageCache cache;
  private final long seed;
  private final int steps;
  private final FakeFile sharedFile;
  private final AddressSpace shared;
  private final SleepingReadWriteLock sharedLock;
  private final AtomicLongArray complete = new AtomicLongArray(SHARED_PAGES);
  private final AtomicLongArray started = new AtomicLongArray(SHARED_PAGES);

  /** Control groups the tasks are in, by turns; empty for the root. */
  private final List<Cgroup> cgroups;

  /** Runs beside the others until they are done; null for nobody. */
  private final Work beside;

  private volatile boolean done;
  private int spawned;

  PageCacheStress(Machine machine, PageCache cache, long seed, int steps) {
    this(machine, cache, seed, steps, List.of(), null);
  }

  /**
   * @param cgroups that the tasks are in, by turns
   * @param beside is done again and again as long as the others work; null for nothing
   */
  PageCacheStress(
      Machine machine, PageCache cache, long seed, int steps, List<Cgroup> cgroups, Work beside) {
    this.cgroups = cgroups;
    this.beside = beside;
    this.machine = machine;
    this.cache = cache;
    this.seed = seed;
    this.steps = steps;
    this.sharedFile =
        new FakeFile(machine, SHARED_PAGES * PAGE, SHARED_PAGES * PAGE).allowLargeFolios();
    this.shared =
        cache.newAddressSpace("shared", sharedFile, new PageCacheContract.WritingListener());
    this.sharedLock = machine.newReadWriteLock("shared file");
  }

  void run() throws Exception {
    for (int page = 0; page < SHARED_PAGES; page++) {
      MemorySegment.copy(
          numbered(page, 0), 0, MemorySegment.ofArray(sharedFile.device()), page * PAGE, PAGE);
    }
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int number = i;
      tasks.add(spawn("owner-" + i, () -> new Owner(number).run()));
      tasks.add(spawn("writer-" + i, () -> writeShared(new Random(seed * 31 + number))));
      tasks.add(spawn("reader-" + i, () -> readShared(new Random(seed * 37 + number))));
    }
    tasks.add(spawn("truncater", () -> truncateShared(new Random(seed * 41))));
    Task other =
        beside == null
            ? null
            : spawn(
                "beside",
                () -> {
                  while (!done) {
                    beside.run();
                    machine.sleep(20_000);
                  }
                });
    for (Task task : tasks) {
      task.join();
    }
    done = true;
    if (other != null) {
      other.join();
    }
    shared.writeAndWait(0, Long.MAX_VALUE);
    PageCacheContract.settle(machine, cache);
    assertThat(PageCacheInvariants.of(cache, shared).violations()).isEmpty();
    shared.close();
    PageCacheContract.settle(machine, cache);
    assertThat(cache.memory().free()).isEqualTo(cache.memory().total());
  }

  interface Work {
    void run() throws ErrnoException;
  }

  private Task spawn(String name, Work work) {
    Cgroup cgroup = cgroups.isEmpty() ? Cgroup.ROOT : cgroups.get(spawned++ % cgroups.size());
    return machine.spawn(
        name,
        TaskKind.USER,
        TaskContext.current().withCgroup(cgroup),
        () -> {
          try {
            work.run();
          } catch (ErrnoException e) {
            throw new AssertionError(name + ": " + e.getMessage(), e);
          }
        });
  }

  // ---- the shared file -------------------------------------------------------------------------

  private static MemorySegment numbered(int page, long version) {
    MemorySegment content = MemorySegment.ofArray(new byte[PAGE]);
    for (int i = 0; i < PAGE; i += 8) {
      content.set(WORD, i, version << 16 | page);
    }
    return content;
  }

  private void writeShared(Random random) throws ErrnoException {
    for (int i = 0; i < steps; i++) {
      int pages = random.nextBoolean() ? 1 : 1 << random.nextInt(4);
      int page = random.nextInt(SHARED_STABLE) & -pages;
      MemorySegment content = MemorySegment.ofArray(new byte[pages * PAGE]);
      sharedLock.writeLock().lock();
      try {
        for (int p = 0; p < pages; p++) {
          long version = started.incrementAndGet(page + p);
          MemorySegment.copy(numbered(page + p, version), 0, content, p * PAGE, PAGE);
        }
        boolean direct = random.nextInt(8) == 0;
        long at = (long) page * PAGE;
        int count = direct ? shared.writeDirectly(at, content, 0) : shared.write(at, content, 0);
        assertThat(count).isEqualTo(pages * PAGE);
        for (int p = 0; p < pages; p++) {
          complete.set(page + p, started.get(page + p));
        }
      } finally {
        sharedLock.writeLock().unlock();
      }
      if (random.nextInt(10) == 0) {
        shared.writeAndWait(0, Long.MAX_VALUE);
      }
    }
  }

  private void readShared(Random random) throws ErrnoException {
    ReadaheadState state = new ReadaheadState(8);
    for (int i = 0; i < steps; i++) {
      int page = random.nextInt(SHARED_PAGES);
      int pages = 1 + random.nextInt(4);
      long[] oldest = new long[pages];
      for (int p = 0; p < pages && page + p < SHARED_PAGES; p++) {
        oldest[p] = complete.get(page + p);
      }
      MemorySegment content = MemorySegment.ofArray(new byte[pages * PAGE]);
      int count = shared.read(state, (long) page * PAGE, content, 0);
      for (int at = 0; at + 8 <= count; at += 8) {
        checkWord(page + at / PAGE, content.get(WORD, at), oldest[at / PAGE]);
      }
      if (page + pages <= SHARED_STABLE) {
        assertThat(count).as("bytes of page %d", page).isEqualTo(pages * PAGE);
      }
    }
  }

  private void checkWord(int page, long word, long oldest) {
    boolean cutOff = page >= SHARED_STABLE && word == 0;
    if (cutOff) {
      return;
    }
    if ((word & 0xffff) != page || word >>> 16 < oldest || word >>> 16 > started.get(page)) {
      throw new AssertionError(
          "seed %d: page %d holds page %d version %d; versions %d to %d may be there"
              .formatted(seed, page, word & 0xffff, word >>> 16, oldest, started.get(page)));
    }
  }

  private void truncateShared(Random random) throws ErrnoException {
    for (int i = 0; i < steps / 4; i++) {
      sharedLock.writeLock().lock();
      try {
        long size = SHARED_STABLE * PAGE + random.nextInt((SHARED_PAGES - SHARED_STABLE) * PAGE);
        sharedFile.truncate(shared, size);
        if (random.nextBoolean()) {
          int last = SHARED_PAGES - 1;
          shared.write((long) last * PAGE, numbered(last, 0), 0);
        }
      } finally {
        sharedLock.writeLock().unlock();
      }
      if (random.nextInt(4) == 0) {
        cache.dropClean();
      }
    }
  }

  // ---- files of one task -----------------------------------------------------------------------

  private final class Owner {
    private final Random random;
    private final FakeFile file;
    private final AddressSpace pages;
    private final ReadaheadState state = new ReadaheadState(16);
    private byte[] model;

    Owner(int number) {
      this.random = new Random(seed * 43 + number);
      this.file = new FakeFile(machine, 2 * OWN_PAGES * PAGE, OWN_PAGES * PAGE).allowLargeFolios();
      this.pages =
          cache.newAddressSpace("own-" + number, file, new PageCacheContract.WritingListener());
      random.nextBytes(file.device());
      Arrays.fill(file.device(), OWN_PAGES * PAGE, file.device().length, (byte) 0);
      this.model = Arrays.copyOf(file.device(), OWN_PAGES * PAGE);
      file.setLatencyNanos(1 + random.nextInt(100_000));
    }

    void run() throws ErrnoException {
      for (int i = 0; i < steps; i++) {
        step();
      }
      pages.writeAndWait(0, Long.MAX_VALUE);
      if (!Arrays.equals(Arrays.copyOf(file.device(), model.length), model)) {
        throw new AssertionError("seed " + seed + ": the device lacks what was written");
      }
      pages.close();
    }

    private void step() throws ErrnoException {
      int at = random.nextInt(model.length + PAGE);
      int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 12 * PAGE : 3 * PAGE);
      length = random.nextBoolean() ? length : 1 + length % 100;
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> read(at, length);
        case 4, 5, 6 -> write(at, length);
        case 7 -> pages.writeAndWait(at, at + length);
        case 8 -> truncate(random.nextInt(OWN_PAGES * PAGE));
        case 9 -> pages.advise(state, at, length, Advice.values()[random.nextInt(6)]);
        case 10 -> pages.invalidateClean(at / PAGE, (at + length) / PAGE);
        default -> direct(at & -512, (length + 511) & -512);
      }
    }

    private void read(int at, int length) throws ErrnoException {
      byte[] got = new byte[length];
      check(at, got, pages.read(state, at, MemorySegment.ofArray(got), 0));
    }

    private void check(int at, byte[] got, int count) {
      int expected = Math.clamp(model.length - at, 0, got.length);
      byte[] wanted =
          at < model.length ? Arrays.copyOfRange(model, at, at + expected) : new byte[0];
      if (count != expected || !Arrays.equals(Arrays.copyOf(got, count), wanted)) {
        throw new AssertionError(
            "seed %d: read of %d at %d gave %d bytes, first wrong at %d"
                .formatted(
                    seed,
                    got.length,
                    at,
                    count,
                    Arrays.mismatch(Arrays.copyOf(got, count), wanted)));
      }
    }

    private void write(int at, int length) throws ErrnoException {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      assertThat(pages.write(at, MemorySegment.ofArray(bytes), 0)).isEqualTo(length);
      remember(at, bytes);
    }

    private void remember(int at, byte[] bytes) {
      model = Arrays.copyOf(model, Math.max(model.length, at + bytes.length));
      System.arraycopy(bytes, 0, model, at, bytes.length);
    }

    private void truncate(int size) {
      file.truncate(pages, size);
      model = Arrays.copyOf(model, size);
    }

    private void direct(int at, int length) throws ErrnoException {
      byte[] bytes = new byte[length];
      if (random.nextBoolean()) {
        check(at, bytes, pages.readDirectly(at, MemorySegment.ofArray(bytes), 0));
      } else if (at <= model.length) {
        random.nextBytes(bytes);
        assertThat(pages.writeDirectly(at, MemorySegment.ofArray(bytes), 0)).isEqualTo(length);
        remember(at, bytes);
      }
    }
  }
}
