package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SystemMachine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page cache as a buffer manager over a plain file, as the package's description has it. */
final class BufferManagerTest {

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private record Store(FileChannel channel) implements AddressSpaceOperations {

    @Override
    public long size() {
      return 1L << 20;
    }

    @Override
    public void readFolio(Folio folio) {
      folio.endRead(readInto(folio));
    }

    private Errno readInto(Folio folio) {
      ByteBuffer page = folio.data().asByteBuffer();
      try {
        int count = 0;
        while (count >= 0 && page.hasRemaining()) {
          count = channel.read(page, folio.position() + page.position());
        }
        folio.data().asSlice(page.position()).fill((byte) 0);
        return null;
      } catch (IOException e) {
        return Errno.EIO;
      }
    }

    @Override
    public void readahead(ReadaheadControl control) {
      for (Folio folio = control.next(); folio != null; folio = control.next()) {
        readFolio(folio);
      }
    }

    @Override
    public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
      if (!folio.isUpToDate()) {
        Errno error = readInto(folio);
        if (error != null) {
          throw new ErrnoException(error, "page " + folio.index());
        }
        folio.markUpToDate();
      }
    }

    @Override
    public void writeEnd(Folio folio, long position, int length, int copied) {
      folio.markDirty();
    }

    @Override
    public void writePages(AddressSpace pages, WritebackControl control) throws ErrnoException {
      pages.writeDirty(
          control,
          folio -> {
            folio.startWriteback();
            folio.unlock();
            folio.endWriteback(write(folio));
          });
    }

    private Errno write(Folio folio) {
      ByteBuffer page = folio.data().asByteBuffer();
      try {
        while (page.hasRemaining()) {
          channel.write(page, folio.position() + page.position());
        }
        return null;
      } catch (IOException e) {
        return Errno.EIO;
      }
    }

    @Override
    public int transferDirectly(Transfer direction, long position, MemorySegment memory)
        throws ErrnoException {
      throw new ErrnoException(Errno.EINVAL, "this store has no direct I/O");
    }
  }

  @Test
  void pagesOfAPlainFile_pinnedChangedAndCheckpointed_areInTheFile(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("table");
    try (SystemMachine machine = new SystemMachine();
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        PageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(64));
        AddressSpace pages =
            cache.newAddressSpace("table", new Store(channel), DirtyListener.NONE)) {
      for (long page = 0; page < 50; page++) {
        Folio folio = pages.readFolio(page);
        folio.lock();
        folio.data().set(LONG, 8, page * page);
        folio.markDirty();
        folio.unlock();
        folio.put();
        if (page % 20 == 19) {
          pages.writeAndWait(0, Long.MAX_VALUE);
        }
      }
      pages.writeAndWait(0, Long.MAX_VALUE);
      cache.dropClean();
      Folio pinned = pages.readFolio(42);
      assertThat(pinned.data().get(LONG, 8)).isEqualTo(42 * 42);
      pinned.put();
      assertThat(channel.size()).isEqualTo(50 * PageCache.PAGE_SIZE);
    }
  }
}
