package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * What waits for nobody stays away from a queue that is nearly full, under what was chosen in 2.6;
 * what is chosen today does not ask.
 */
class CongestionTest {

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final int PAGE = 4096;
  private static final long SECOND = 1_000_000_000L;

  /** More tasks than the queue takes requests: there is always one more at hand. */
  private static final int TASKS = 12;

  private static final int FEW_REQUESTS = 8;
  private static final int MANY_REQUESTS = 128;
  private static final int BUSY_PAGES = 256;
  private static final int FILE_PAGES = 512;

  private static StorageStack.Builder builder(String profile, int requests) {
    return StorageStack.builder()
        .catalog(CATALOG)
        .profile(profile)
        .memory("64m")
        .simulated(5)
        .device("hdd:64m")
        .scheduler("mq-deadline")
        .set("nr_requests", Integer.toString(requests));
  }

  private static OpenFile file(StorageStack stack, String name, int pages) throws ErrnoException {
    OpenFile file = stack.vfs().open(name, 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    for (int page = 0; page < pages; page++) {
      stack.vfs().pwrite(file, new byte[PAGE], (long) page * PAGE);
    }
    return file;
  }

  /** Keeps the device busy, past the cache, while the body runs. */
  private static void busy(StorageStack stack, boolean reading, Body body) throws ErrnoException {
    for (int i = 0; i < TASKS; i++) {
      stack.vfs().close(file(stack, "/busy" + i, BUSY_PAGES));
    }
    stack.sync();
    stack.vfs().dropCaches();
    AtomicBoolean enough = new AtomicBoolean();
    List<OpenFile> files = new ArrayList<>();
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      // A file each: writers of one file wait for one another.
      OpenFile busy = stack.vfs().open("/busy" + i, 0, OpenFlag.READ_WRITE, OpenFlag.DIRECT);
      files.add(busy);
      tasks.add(
          stack
              .machine()
              .spawn("busy" + i, TaskKind.USER, () -> transfer(stack, busy, reading, enough)));
    }
    stack.machine().sleep(SECOND / 2);
    try {
      body.run();
    } finally {
      enough.set(true);
      tasks.forEach(Task::join);
      for (OpenFile file : files) {
        stack.vfs().close(file);
      }
    }
  }

  private interface Body {
    void run() throws ErrnoException;
  }

  /** One page here, the next far away, so that nothing merges. */
  private static void transfer(
      StorageStack stack, OpenFile file, boolean reading, AtomicBoolean enough) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      for (int turn = 0; !enough.get(); turn++) {
        long position = PAGE * (turn * 101L % BUSY_PAGES);
        int moved =
            reading
                ? stack.vfs().pread(file, page, position)
                : stack.vfs().pwrite(file, page, position);
        assertThat(moved).isEqualTo(PAGE);
      }
    } catch (ErrnoException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pages read ahead of a task that reads a file page by page beside tasks that read. */
  private static long readAhead(String profile, int requests) throws ErrnoException {
    return builder(profile, requests)
        .<Long, ErrnoException>run(stack -> {
          stack.vfs().close(file(stack, "/data", FILE_PAGES));
          long[] pages = new long[1];
          busy(
              stack,
              true,
              () -> {
                assertThat(stack.device("sda").isReadCongested())
                    .isEqualTo(requests == FEW_REQUESTS);
                assertThat(stack.device("sda").isWriteCongested()).isFalse();
                long before = stack.counters().pageCache().readaheadPages();
                OpenFile data = stack.vfs().open("/data");
                for (int page = 0; page < FILE_PAGES; page++) {
                  assertThat(stack.vfs().read(data, new byte[PAGE])).isEqualTo(PAGE);
                }
                stack.vfs().close(data);
                pages[0] = stack.counters().pageCache().readaheadPages() - before;
              });
          return pages[0];
        })
        .value();
  }

  @Test
  void twoWindows_whenReadsAreCongested_leaveOutTheWindowAhead() throws ErrnoException {
    long congested = readAhead("linux-2.6.11", FEW_REQUESTS);
    long free = readAhead("linux-2.6.11", MANY_REQUESTS);
    // A window that nobody has read ahead is read when its first page is asked for, which is not
    // ahead then.
    assertThat(congested).isLessThan(free);
  }

  @Test
  void readaheadOfToday_doesNotAskForCongestion() throws ErrnoException {
    assertThat(readAhead("linux-6.18", FEW_REQUESTS))
        .isEqualTo(readAhead("linux-6.18", MANY_REQUESTS));
  }

  /** Dirty pages left of a file whose time to be written came beside tasks that write. */
  private static long leftDirty(String profile, int requests) throws ErrnoException {
    return builder(profile, requests)
        .set("dirty_expire_centisecs", "100")
        .set("dirty_writeback_centisecs", "50")
        .<Long, ErrnoException>run(stack -> {
          long[] dirty = new long[1];
          busy(
              stack,
              false,
              () -> {
                assertThat(stack.device("sda").isWriteCongested())
                    .isEqualTo(requests == FEW_REQUESTS);
                assertThat(stack.device("sda").isReadCongested()).isFalse();
                OpenFile data = file(stack, "/data", FILE_PAGES);
                stack.machine().sleep(4 * SECOND);
                dirty[0] = stack.counters().writeback().asVmstat().get("nr_dirty");
                stack.vfs().close(data);
              });
          // It is not forgotten: the queue is free now, and the timer comes back.
          stack.machine().sleep(10 * SECOND);
          assertThat(stack.counters().writeback().asVmstat()).containsEntry("nr_dirty", 0L);
          return dirty[0];
        })
        .value();
  }

  @Test
  void pdflush_whenWritesAreCongested_leavesTheDeviceAlone() throws ErrnoException {
    assertThat(leftDirty("linux-2.6.11", FEW_REQUESTS)).isGreaterThanOrEqualTo(FILE_PAGES);
    assertThat(leftDirty("linux-2.6.11", MANY_REQUESTS)).isLessThan(FILE_PAGES);
  }

  @Test
  void flusherOfToday_doesNotAskForCongestion() throws ErrnoException {
    assertThat(leftDirty("linux-6.18", FEW_REQUESTS)).isLessThan(FILE_PAGES);
  }
}
