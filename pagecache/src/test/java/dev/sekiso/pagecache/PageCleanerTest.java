package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of a plain file through a cache far too small, held against arrays. */
final class PageCleanerTest {

  private static final int FRAMES = 64;
  private static final int TARGET = 8;
  private static final int FILE_BYTES = 400 * PageCache.PAGE_SIZE;
  private static final int WRITERS = 3;
  private static final int WRITES = 300;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void writersOfSeveralFiles_onFewFrames_loseNothingAndStayWithinBounds(
      long seed, @TempDir Path directory) throws IOException {
    SimulatedMachine machine = new SimulatedMachine(seed);
    SimulatedMachine.Program<IOException> program = () -> run(machine, seed, directory);
    machine.run(program);
  }

  private static void run(SimulatedMachine machine, long seed, Path directory) throws IOException {
    try (FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(FRAMES));
        PageCleaner cleaner = new PageCleaner(machine, TARGET)) {
      List<Writer> writers = new ArrayList<>();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Writer writer = new Writer(cache, cleaner, directory.resolve("table" + i), seed * 31 + i);
        writers.add(writer);
        tasks.add(machine.spawn("writer-" + i, TaskKind.USER, writer::write));
      }
      tasks.forEach(Task::join);
      for (Writer writer : writers) {
        assertThat(writer.mostDirty)
            .as("dirty pages, seed %d", seed)
            .isLessThanOrEqualTo(2 * TARGET + WRITERS);
        writer.verifyAndClose(seed);
      }
      assertThat(cleaner.dirtyPages()).isZero();
    }
  }

  private static final class Writer {
    final PageCleaner cleaner;
    final FileChannel channel;
    final ChannelStore store;
    final AddressSpace pages;
    final RandomGenerator random;
    final byte[] model = new byte[FILE_BYTES];
    long mostDirty;
    int size;

    Writer(PageCache cache, PageCleaner cleaner, Path file, long seed) throws IOException {
      this.cleaner = cleaner;
      this.channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      this.store = new ChannelStore(channel);
      this.pages = cache.newAddressSpace(file, store, cleaner);
      this.random = new java.util.SplittableRandom(seed);
    }

    void write() {
      try {
        for (int i = 0; i < WRITES; i++) {
          if (random.nextInt(20) == 0) {
            resize();
          } else {
            writeOnce();
          }
          mostDirty = Math.max(mostDirty, cleaner.dirtyPages());
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    private void writeOnce() throws ErrnoException {
      byte[] data = new byte[1 + random.nextInt(3 * PageCache.PAGE_SIZE)];
      random.nextBytes(data);
      int position = random.nextInt(FILE_BYTES - data.length);
      MemorySegment source = MemorySegment.ofArray(data);
      int written =
          random.nextInt(10) == 0
              ? pages.writeDirectly(position, source, 0)
              : pages.write(position, source, 0);
      assertThat(written).isEqualTo(data.length);
      System.arraycopy(data, 0, model, position, data.length);
      size = Math.max(size, position + data.length);
    }

    private void resize() throws IOException {
      int wanted = random.nextInt(FILE_BYTES);
      store.resize(pages, wanted);
      if (wanted < size) {
        Arrays.fill(model, wanted, size, (byte) 0);
      }
      size = wanted;
    }

    void verifyAndClose(long seed) throws IOException {
      byte[] cached = new byte[size];
      MemorySegment memory = MemorySegment.ofArray(cached);
      int count = 0;
      while (count < size) {
        count += pages.read(new ReadaheadState(32), count, memory.asSlice(count), 0);
      }
      assertThat(cached).as("cached, seed %d", seed).isEqualTo(Arrays.copyOf(model, size));
      store.force(pages);
      assertThat(pages.dirtyPages()).isZero();
      pages.close();
      assertThat(channel.size()).isEqualTo(size);
      try (var arena = java.lang.foreign.Arena.ofConfined()) {
        byte[] stored =
            channel
                .map(FileChannel.MapMode.READ_ONLY, 0, size, arena)
                .toArray(ValueLayout.JAVA_BYTE);
        assertThat(stored).as("stored, seed %d", seed).isEqualTo(cached);
      }
      channel.close();
    }
  }
}
