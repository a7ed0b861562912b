package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.WritebackControl.SyncMode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WritebackTest {

  private static final int PAGE = PageCache.PAGE_SIZE;

  private interface Scene {
    void play(Machine machine, AddressSpace pages, FakeFile file) throws Exception;
  }

  private static void stage(Scene scene) throws Exception {
    TestMachines.simulated(
        4,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(128));
          FakeFile file = new FakeFile(machine, 128 * PAGE, 0);
          PageCacheContract.WritingListener accounts = new PageCacheContract.WritingListener();
          AddressSpace pages = cache.newAddressSpace("file", file, new CountingOnly(accounts));
          scene.play(machine, pages, file);
          pages.waitForWriteback(0, Long.MAX_VALUE >> 12);
          assertThat(PageCacheContract.violationsAtRest(machine, cache)).isEmpty();
          assertThat(accounts.dirty).isEqualTo(pages.dirtyPages());
          assertThat(accounts.writeback).isZero();
          pages.close();
          assertThat(accounts.dirty).isZero();
          cache.close();
        });
  }

  /** Counts and never writes by itself. */
  private record CountingOnly(DirtyListener to) implements QuietListener {
    @Override
    public void dirtied(AddressSpace mapping, int pages) {
      to.dirtied(mapping, pages);
    }

    @Override
    public void cleaned(AddressSpace mapping, int pages) {
      to.cleaned(mapping, pages);
    }

    @Override
    public void writebackStarted(AddressSpace mapping, int pages) {
      to.writebackStarted(mapping, pages);
    }

    @Override
    public void writebackEnded(AddressSpace mapping, int pages) {
      to.writebackEnded(mapping, pages);
    }
  }

  private static void dirty(AddressSpace pages, long... indexes) throws ErrnoException {
    for (long index : indexes) {
      pages.write(index * PAGE, MemorySegment.ofArray(new byte[PAGE]), 0);
    }
  }

  /** Writes at once, and notes which pages. */
  private static AddressSpace.FolioWriter into(List<Long> written) {
    return folio -> {
      written.add(folio.index());
      folio.startWriteback();
      folio.unlock();
      folio.endWriteback(null);
    };
  }

  @Test
  void writeDirty_goesInIndexOrder_withinTheRange() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 70, 3, 9, 4, 100);
      List<Long> written = new ArrayList<>();
      pages.writeDirty(WritebackControl.integrity(4 * PAGE, 70 * PAGE + 5), into(written));
      assertThat(written).containsExactly(4L, 9L, 70L);
      assertThat(pages.dirtyPages()).isEqualTo(2);
    });
  }

  @Test
  void flushersRound_goesOnWhereTheLastOneEnded() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 1, 2, 3, 4, 5);
      List<Long> written = new ArrayList<>();
      pages.writeDirty(WritebackControl.flusher(SyncMode.NONE, 2), into(written));
      dirty(pages, 1);
      pages.writeDirty(WritebackControl.flusher(SyncMode.NONE, 2), into(written));
      pages.writeDirty(WritebackControl.flusher(SyncMode.NONE, 9), into(written));
      pages.writeDirty(WritebackControl.flusher(SyncMode.NONE, 9), into(written));
      assertThat(written).containsExactly(1L, 2L, 3L, 4L, 5L, 1L);
    });
  }

  @Test
  void integrityWrite_whileOthersDirtyOn_ends() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 0, 1, 2);
      List<Long> written = new ArrayList<>();
      pages.writeDirty(
          WritebackControl.integrity(0, Long.MAX_VALUE),
          folio -> {
            long index = folio.index();
            into(written).write(folio);
            dirty(pages, index, index + 3);
          });
      assertThat(written).containsExactly(0L, 1L, 2L);
      assertThat(pages.dirtyPages()).isEqualTo(6);
    });
  }

  @Test
  void tagOfAnotherIntegrityWrite_survivesTheEndOfThisOne() throws Exception {
    stage((machine, pages, file) -> {
      XArray index = ((FolioAddressSpace) pages).pages;
      dirty(pages, 0);
      pages.writeDirty(
          WritebackControl.integrity(0, Long.MAX_VALUE),
          folio -> {
            into(new ArrayList<>()).write(folio);
            dirty(pages, 0);
            synchronized (index) {
              index.tagDirtyToWrite(0, 0);
            }
          });
      synchronized (index) {
        assertThat(index.isSet(0, XArray.Mark.TOWRITE)).isTrue();
      }
    });
  }

  @Test
  void integrityWrite_waitsForEarlierWriteback_andWritesWhatCameAfter() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 5);
      file.hold();
      pages.writePages(WritebackControl.start(0, Long.MAX_VALUE));
      assertThat(pages.writebackPages()).isEqualTo(1);
      dirty(pages, 5);
      WritebackControl easy = WritebackControl.start(0, Long.MAX_VALUE);
      pages.writePages(easy);
      assertThat(easy.pagesSkipped()).isEqualTo(1);
      machine.schedule("release", 1_000_000, file::release);
      pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(file.pagesWritten.get()).isEqualTo(2);
      assertThat(pages.dirtyPages()).isZero();
    });
  }

  @Test
  void truncate_waitsForWriteback_ofWhatGoes() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 0, 1, 2, 3);
      file.hold();
      pages.writePages(WritebackControl.start(0, Long.MAX_VALUE));
      machine.schedule("release", 5_000_000, file::release);
      long before = machine.nanoTime();
      file.truncate(pages, PAGE + 100);
      assertThat(machine.nanoTime() - before).isGreaterThanOrEqualTo(5_000_000);
      assertThat(pages.residentPages()).isEqualTo(2);
    });
  }

  @Test
  void writer_thatFails_isReportedAndTheRestIsWritten() throws Exception {
    stage((machine, pages, file) -> {
      dirty(pages, 0, 1, 2);
      List<Long> written = new ArrayList<>();
      AddressSpace.FolioWriter picky =
          folio -> {
            if (folio.index() == 1) {
              folio.unlock();
              throw new ErrnoException(Errno.ENOSPC, "no block for page 1");
            }
            into(written).write(folio);
          };
      int cursor = pages.errors().sample();
      assertThatThrownBy(
              () -> pages.writeDirty(WritebackControl.integrity(0, Long.MAX_VALUE), picky))
          .isInstanceOf(ErrnoException.class);
      assertThat(written).containsExactly(0L, 2L);
      assertThat(pages.errors().check(cursor)).isEqualTo(Errno.ENOSPC);
    });
  }

  @Test
  void manyTasks_writingAndSyncingOnePage_keepAccountsStraight() throws Exception {
    stage((machine, pages, file) -> {
      for (int task = 0; task < 6; task++) {
        int number = task;
        machine.spawn("task-" + task, TaskKind.USER, () -> dirtyAndSync(pages, number));
      }
      machine.sleep(1_000_000_000);
      pages.writeAndWait(0, Long.MAX_VALUE);
      assertThat(pages.dirtyPages()).isZero();
    });
  }

  private static void dirtyAndSync(AddressSpace pages, int number) {
    try {
      for (int i = 0; i < 50; i++) {
        dirty(pages, number % 2);
        if (i % 3 == number % 3) {
          pages.writeAndWait(0, Long.MAX_VALUE);
        }
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void deadlockReport_namesTheFolioAndWhatIsAwaited() {
    assertThatThrownBy(() ->
            stage((machine, pages, file) -> {
              Folio folio = pages.grab(7);
              machine.spawn("second", TaskKind.USER, folio::lock).join();
            }))
        .hasMessageContaining("the lock of folio 7+1 of file");
  }
}
