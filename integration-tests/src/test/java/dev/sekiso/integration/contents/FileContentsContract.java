package dev.sekiso.integration.contents;

import static dev.sekiso.pagecache.MapFlags.MAP_PRIVATE;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MS_SYNC;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.aio.AioControlBlock;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.Advice;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for the contents of everything that has contents, whatever lies beneath. The page
 * cache is smaller than the largest files, so that pages leave and come back all the time.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("combinations")
abstract class FileContentsContract implements OnStack.Scene {

  static final int PAGE = PageCache.PAGE_SIZE;
  static final int READ_WRITE = PROT_READ | PROT_WRITE;

  /** More than the page cache of a stack with a disk holds, and less than every disk. */
  static final int BIG = 1_700_000;

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final int[] ODD_SIZES = {1, 511, 512, 513, 4095, 4096, 4097, 10_007, 65_537};
  private static final int WRITERS = 4;

  @RegisterExtension final OnStack onStack = new OnStack();

  @Parameter Combination combination;

  StorageStack stack;
  Vfs vfs;
  private final List<CheckedFile> open = new ArrayList<>();

  static List<Combination> combinations() {
    return Combination.all();
  }

  /** A stack of this combination, of which the subclass says what is mounted. */
  StorageStack.Builder combined() {
    return combination.builder().catalog(CATALOG);
  }

  @Override
  public void enter(StorageStack entered) throws ErrnoException {
    stack = entered;
    vfs = entered.vfs();
  }

  @Override
  public void leave() throws ErrnoException {
    for (CheckedFile file : open) {
      file.close();
    }
  }

  /** A file that nothing was written to; no more than three in a test. */
  abstract CheckedFile newFile(String name) throws ErrnoException;

  /**
   * With every file closed: has what is in memory be forgotten, as far as it may be. What was
   * written must not be.
   */
  abstract void loseMemory() throws ErrnoException;

  /** Makes a file one that the test closes at its end. */
  CheckedFile opened(String path, OpenFile file, byte[] expected) {
    CheckedFile checked = new CheckedFile(vfs, path, file, expected);
    open.add(checked);
    return checked;
  }

  /** The file is closed already, or never to be opened again. */
  void closed(CheckedFile file) {
    open.remove(file);
  }

  void forget() throws ErrnoException {
    for (CheckedFile file : open) {
      file.close();
    }
    loseMemory();
    for (CheckedFile file : open) {
      file.reopen();
    }
  }

  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  /** What a task does. */
  interface Work {
    void run(int number) throws Exception;
  }

  /** Has tasks work side by side, and fails if one fails. */
  void inTasks(int count, Work work) {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(
          stack
              .machine()
              .spawn(
                  "task " + i,
                  TaskKind.USER,
                  () -> {
                    try {
                      work.run(number);
                    } catch (Exception | AssertionError e) {
                      failures.add(e);
                    }
                  }));
    }
    tasks.forEach(Task::join);
    assertThat(failures).isEmpty();
  }

  // Reading and writing

  @Test
  void write_ofOddSizesInARow_isReadBack() throws ErrnoException {
    CheckedFile file = newFile("f");
    int position = 0;
    for (int size : ODD_SIZES) {
      byte[] bytes = bytes(size, size);
      assertThat(vfs.write(file.file(), bytes)).isEqualTo(size);
      file.written(position, bytes, size);
      position += size;
    }
    file.checkAll();
    assertThat(vfs.lseek(file.file(), 0, SeekFrom.START)).isZero();
    for (int size : ODD_SIZES) {
      byte[] bytes = new byte[size];
      assertThat(vfs.read(file.file(), bytes)).isEqualTo(size);
      assertThat(bytes).isEqualTo(bytes(size, size));
    }
    forget();
    file.checkAll();
  }

  @Test
  void write_overWhatWasWritten_keepsTheLatest() throws ErrnoException {
    CheckedFile file = newFile("f");
    Random random = new Random(1);
    for (int i = 0; i < 60; i++) {
      int size = ODD_SIZES[random.nextInt(ODD_SIZES.length)];
      file.write(random.nextInt(100_000), bytes(size, i));
      file.check(random.nextInt(100_000), 1 + random.nextInt(20_000));
    }
    file.checkAll();
    forget();
    file.checkAll();
  }

  @Test
  void write_intoPagesNotInMemory_keepsTheRestOfThem() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(20 * PAGE, 1));
    int[][] pieces = {{5, 1}, {PAGE - 3, 6}, {3 * PAGE + 1000, 1024}, {6 * PAGE + 1, 2 * PAGE}};
    for (int[] piece : pieces) {
      forget();
      file.write(piece[0], bytes(piece[1], piece[0]));
      file.checkAll();
    }
    forget();
    file.checkAll();
  }

  @Test
  void read_anywhere_givesWhatIsThere() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(300_001, 2));
    forget();
    Random random = new Random(2);
    for (int i = 0; i < 60; i++) {
      file.check(random.nextInt(300_001), ODD_SIZES[random.nextInt(ODD_SIZES.length)]);
    }
    for (int at = 300_001; at > 0; at -= 9_999) {
      file.check(at, 10_000);
    }
  }

  @Test
  void read_atAndBehindTheEnd_isShortOrEmpty() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(2 * PAGE + 100, 3));
    int end = file.size();
    file.check(end - 50, 100);
    file.check(end, 100);
    file.check(end + 3L * PAGE, 100);
    file.check(end - 1, 1);
    assertThat(vfs.lseek(file.file(), 0, SeekFrom.END)).isEqualTo(end);
    assertThat(vfs.read(file.file(), new byte[10])).isZero();
  }

  @Test
  void vectors_areReadAndWrittenAsOne() throws ErrnoException {
    CheckedFile file = newFile("f");
    byte[] bytes = bytes(12_345, 4);
    MemorySegment whole = MemorySegment.ofArray(bytes);
    int written =
        vfs.pwritev2(
            file.file(),
            new MemorySegment[] {
              whole.asSlice(0, 5000), whole.asSlice(5000, 0), whole.asSlice(5000)
            },
            777,
            0);
    assertThat(written).isEqualTo(bytes.length);
    file.written(777, bytes, bytes.length);
    file.checkAll();
    byte[] found = new byte[bytes.length];
    MemorySegment into = MemorySegment.ofArray(found);
    assertThat(
            vfs.preadv2(
                file.file(),
                new MemorySegment[] {into.asSlice(0, 4097), into.asSlice(4097)},
                777,
                0))
        .isEqualTo(bytes.length);
    assertThat(found).isEqualTo(bytes);
  }

  @Test
  void file_largerThanTheCache_isKept() throws ErrnoException {
    CheckedFile file = newFile("f");
    for (int at = 0; at < BIG; at += 50_000) {
      file.write(at, bytes(50_000, at));
    }
    file.checkAll();
    for (int at = BIG - 10_000; at > 0; at -= 100_003) {
      file.write(at, bytes(3_000, at));
      file.check(at - 5_000L < 0 ? 0 : at - 5_000, 13_000);
    }
    file.checkAll();
    forget();
    file.checkAll();
  }

  @Test
  void files_besideEachOther_keepApart() throws ErrnoException {
    List<CheckedFile> files = List.of(newFile("a"), newFile("b"), newFile("c"));
    Random random = new Random(5);
    for (int i = 0; i < 90; i++) {
      files.get(i % 3).write(random.nextInt(200_000), bytes(1 + random.nextInt(9_000), i));
    }
    for (CheckedFile file : files) {
      file.checkAll();
    }
    forget();
    for (CheckedFile file : files) {
      file.checkAll();
    }
  }

  @Test
  void tasks_writingDisjointRanges_doNotDisturbEachOther() throws ErrnoException {
    CheckedFile file = newFile("f");
    int part = 100_003;
    byte[] whole = bytes(WRITERS * part, 6);
    inTasks(
        WRITERS,
        number -> {
          Random random = new Random(number);
          int from = number * part;
          for (int at = 0; at < part; ) {
            int size = Math.min(part - at, 1 + random.nextInt(10_000));
            byte[] piece = Arrays.copyOfRange(whole, from + at, from + at + size);
            assertThat(vfs.pwrite(file.file(), piece, from + at)).isEqualTo(size);
            byte[] back = new byte[size];
            assertThat(vfs.pread(file.file(), back, from + at)).isEqualTo(size);
            assertThat(back).isEqualTo(piece);
            if (random.nextInt(8) == 0) {
              vfs.fdatasync(file.file());
            }
            at += size;
          }
        });
    file.written(0, whole, whole.length);
    file.checkAll();
    forget();
    file.checkAll();
  }

  // Durability and memory

  @Test
  void syncs_ofAllKinds_leaveContentsAlone() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(50_000, 7));
    vfs.fsync(file.file());
    file.write(20_000, bytes(5_000, 8));
    vfs.fdatasync(file.file());
    file.write(30_000, bytes(5_000, 9));
    vfs.syncFileRange(
        file.file(),
        0,
        0,
        FileOperations.WAIT_BEFORE | FileOperations.START_WRITE | FileOperations.WAIT_AFTER);
    file.write(40_000, bytes(5_000, 10));
    vfs.syncfs(file.file());
    file.write(41_000, bytes(5_000, 11));
    vfs.sync();
    file.checkAll();
    assertThat(stack.writeback().counters().nrDirty()).isZero();
    forget();
    file.checkAll();
  }

  @Test
  void write_toAFileOpenForSynchronousWriting_leavesNothingDirty() throws ErrnoException {
    CheckedFile file = newFile("f");
    for (OpenFlag flag : List.of(OpenFlag.SYNCHRONOUS, OpenFlag.DATA_SYNCHRONOUS)) {
      OpenFile synchronous = vfs.open(file.path(), OpenFlag.READ_WRITE, flag);
      byte[] bytes = bytes(30_000, flag.ordinal());
      assertThat(vfs.pwrite(synchronous, bytes, 500)).isEqualTo(bytes.length);
      file.written(500, bytes, bytes.length);
      vfs.close(synchronous);
      file.checkAll();
    }
    forget();
    file.checkAll();
  }

  @Test
  void caches_dropped_loseNothing() throws ErrnoException {
    CheckedFile file = newFile("f");
    for (int i = 0; i < 10; i++) {
      file.write(i * 7_001L, bytes(9_000, i));
      assertThat(stack.pageCache().dropClean()).isNotNegative();
      vfs.dropCaches();
      file.checkAll();
    }
  }

  @Test
  void advice_ofAllKinds_leavesContentsAlone() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(400_000, 12));
    forget();
    for (Advice advice : Advice.values()) {
      vfs.fadvise(file.file(), 10_000, 200_000, advice.ordinal());
      vfs.readahead(file.file(), 150_000, 100_000);
      file.check(100_000, 123_456);
      file.write(120_000 + advice.ordinal(), bytes(10_000, advice.ordinal()));
      vfs.fadvise(file.file(), 0, 0, advice.ordinal());
      file.checkAll();
    }
    assertErrno(Errno.EINVAL, () -> vfs.fadvise(file.file(), 0, 0, Advice.values().length));
  }

  // Mapping

  @Test
  void sharedMapping_readsAndWritesAgree() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(20 * PAGE, 13));
    forget();
    try (ProcessMemory memory = stack.newMemory()) {
      MemoryMapping mapping = memory.mmap(0, 20 * PAGE, READ_WRITE, MAP_SHARED, file.file(), 0);
      checkMapping(mapping, file, 20 * PAGE);
      byte[] stored = bytes(10_000, 14);
      mapping.copyFrom(3 * PAGE + 5, MemorySegment.ofArray(stored), 0, stored.length);
      file.written(3 * PAGE + 5, stored, stored.length);
      file.checkAll();
      file.write(5 * PAGE - 7, bytes(6_000, 15));
      checkMapping(mapping, file, 20 * PAGE);
      mapping.sync(MS_SYNC);
      file.checkAll();
      mapping.setLong(8 * PAGE, 0x0102030405060708L);
      file.written(8 * PAGE, new byte[] {8, 7, 6, 5, 4, 3, 2, 1}, 8);
      file.checkAll();
    }
    forget();
    file.checkAll();
  }

  @Test
  void privateMapping_keepsItsStoresToItself() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(10 * PAGE, 16));
    try (ProcessMemory memory = stack.newMemory()) {
      MemoryMapping mapping = memory.mmap(0, 10 * PAGE, READ_WRITE, MAP_PRIVATE, file.file(), 0);
      checkMapping(mapping, file, 10 * PAGE);
      mapping.fill(2 * PAGE + 1, 3 * PAGE, (byte) 7);
      file.checkAll();
      file.write(2 * PAGE, bytes(4 * PAGE, 17));
      assertThat(mapping.getByte(3 * PAGE)).isEqualTo((byte) 7);
      assertThat(mapping.getByte(2 * PAGE)).isEqualTo(bytes(10 * PAGE, 16)[2 * PAGE]);
    }
    forget();
    file.checkAll();
  }

  static void checkMapping(MemoryMapping mapping, CheckedFile file, int length) {
    byte[] found = new byte[length];
    mapping.copyTo(0, MemorySegment.ofArray(found), 0, length);
    assertThat(Arrays.mismatch(found, Arrays.copyOf(file.expected(), length)))
        .as("first wrong byte of the mapping of %s", file.path())
        .isEqualTo(-1);
  }

  // Asynchronous I/O

  @Test
  void asynchronousTransfers_agreeWithTheOthers() throws ErrnoException {
    new AsynchronousTransfers(stack, newFile("f")).run();
    forget();
    open.getFirst().checkAll();
  }

  @Test
  void asynchronousRead_ofWhatIsInMemoryInPart_isWhole() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(20 * PAGE, 18));
    forget();
    vfs.fadvise(file.file(), 0, 0, Advice.RANDOM.ordinal());
    file.check(100, PAGE);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(10 * PAGE);
      AioControlBlock read = AioControlBlock.read(file.file(), memory, 100);
      stack.aio().read(read);
      stack.aio().suspend(List.of(read));
      assertThat(stack.aio().result(read)).isEqualTo(10 * PAGE);
      assertThat(memory.toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(Arrays.copyOfRange(file.expected(), 100, 100 + 10 * PAGE));
    }
  }

  // Everything at once

  @Test
  void randomCalls_agreeWithAModel() throws Exception {
    for (long seed = 1; seed <= RandomCalls.SEEDS; seed++) {
      try {
        RandomCalls calls = new RandomCalls(this, newFile("f" + seed), seed);
        calls.run();
        forget();
        calls.file().checkAll();
      } catch (AssertionError | Exception e) {
        throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** Kinds of calls besides those that every file knows. */
  void addSteps(RandomCalls calls) {}
}
