package dev.sekiso.integration.contents;

import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MemoryFaultException;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What holds besides for the contents of files that grow and shrink, and have names. */
abstract class GrowingFileContract extends FileContentsContract {

  static final String ROOM = "/disk";
  private static final int CHUNK = 50_000;

  @Override
  CheckedFile newFile(String name) throws ErrnoException {
    String path = ROOM + "/" + name;
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.EXCLUSIVE, OpenFlag.READ_WRITE);
    return opened(path, file, new byte[0]);
  }

  @Override
  void addSteps(RandomCalls calls) {
    CheckedFile file = calls.file();
    calls.add(3, () -> file.truncate(calls.random().nextInt(RandomCalls.EXTENT)));
    calls.add(1, () -> file.write(file.size(), calls.bytes()));
    String name = file.path();
    calls.add(
        1,
        () -> {
          String path = name + "-" + calls.random().nextInt(5);
          vfs.rename(file.path(), path);
          file.renamed(path);
        });
  }

  private static void assertBusError(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MemoryFaultException.class, e -> assertThat(e.signal()).isEqualTo(Signal.BUS));
  }

  // Size

  @Test
  void append_fromSeveralFilesAndTasks_losesNothing() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(777, 1));
    int record = 1_001;
    int each = 20;
    inTasks(
        3,
        number -> {
          OpenFile appending = vfs.open(file.path(), OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
          byte[] bytes = new byte[record];
          Arrays.fill(bytes, (byte) (number + 1));
          for (int i = 0; i < each; i++) {
            assertThat(vfs.write(appending, bytes)).isEqualTo(record);
          }
          vfs.close(appending);
        });
    assertThat(vfs.fstat(file.file()).size()).isEqualTo(777 + 3L * each * record);
    int[] found = new int[4];
    for (int i = 0; i < 3 * each; i++) {
      byte[] bytes = new byte[record];
      assertThat(vfs.pread(file.file(), bytes, 777 + (long) i * record)).isEqualTo(record);
      byte[] whole = new byte[record];
      Arrays.fill(whole, bytes[0]);
      assertThat(bytes).isEqualTo(whole);
      found[bytes[0]]++;
      file.written(777 + (long) i * record, bytes, record);
    }
    assertThat(found).containsExactly(0, each, each, each);
    forget();
    file.checkAll();
  }

  @Test
  void holes_readAsZeroes_andTakeWrites() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(10, bytes(20, 2));
    file.write(300_000, bytes(5_000, 3));
    file.write(100_123, bytes(3 * PAGE, 4));
    file.checkAll();
    forget();
    file.checkAll();
    file.write(50_000, bytes(1, 5));
    file.write(2 * PAGE - 1, bytes(2, 6));
    file.checkAll();
    forget();
    file.checkAll();
  }

  @Test
  void truncate_toLessAndToMore_leavesZeroesBehind() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(100_000, 7));
    int[] sizes = {50_001, 60_000, 3 * PAGE, 3 * PAGE + 1, 20 * PAGE, 100, 5_000, 0, 9_000};
    for (int size : sizes) {
      file.truncate(size);
      assertThat(vfs.fstat(file.file()).size()).isEqualTo(size);
      file.checkAll();
      forget();
      file.checkAll();
      file.write(size / 2, bytes(1_000, size));
      file.checkAll();
    }
    forget();
    file.checkAll();
  }

  @Test
  void truncate_ofWhatIsMappedAndDirty_isSeenThroughTheMapping() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(10 * PAGE, 8));
    try (ProcessMemory memory = stack.newMemory()) {
      MemoryMapping mapping = memory.mmap(0, 10 * PAGE, READ_WRITE, MAP_SHARED, file.file(), 0);
      checkMapping(mapping, file, 10 * PAGE);
      mapping.setByte(4 * PAGE + 10, (byte) 99);
      mapping.setByte(8 * PAGE, (byte) 99);
      file.written(4 * PAGE + 10, new byte[] {99}, 1);
      file.truncate(4 * PAGE + 20);
      assertBusError(() -> mapping.getByte(5 * PAGE));
      assertBusError(() -> mapping.setByte(8 * PAGE, (byte) 1));
      assertThat(mapping.getByte(4 * PAGE + 10)).isEqualTo((byte) 99);
      assertThat(mapping.getByte(4 * PAGE + 20)).isZero();
      file.truncate(10 * PAGE);
      checkMapping(mapping, file, 10 * PAGE);
      file.checkAll();
    }
    forget();
    file.checkAll();
  }

  @Test
  void open_withTruncate_empties() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(50_000, 9));
    vfs.close(vfs.open(file.path(), OpenFlag.WRITE_ONLY, OpenFlag.TRUNCATE));
    assertThat(vfs.fstat(file.file()).size()).isZero();
    assertThat(vfs.pread(file.file(), new byte[10], 0)).isZero();
    vfs.ftruncate(file.file(), 30_000);
    file.truncate(0);
    file.truncate(30_000);
    file.checkAll();
  }

  // Names

  @Test
  void unlinkedFile_keepsItsContentsWhileItIsOpen() throws ErrnoException {
    CheckedFile file = newFile("gone");
    CheckedFile other = newFile("stays");
    file.write(0, bytes(200_000, 10));
    vfs.unlink(file.path());
    assertErrno(Errno.ENOENT, () -> vfs.stat(file.path()));
    other.write(0, bytes(200_000, 11));
    file.write(100_000, bytes(200_000, 12));
    vfs.fsync(file.file());
    vfs.dropCaches();
    file.checkAll();
    file.truncate(70_000);
    file.checkAll();
    closed(file);
    file.close();
    other.checkAll();
    CheckedFile again = newFile("gone");
    again.checkAll();
    again.truncate(200_000);
    again.checkAll();
    forget();
    again.checkAll();
    other.checkAll();
  }

  @Test
  void renamedFile_keepsItsContents_theReplacedOneToo() throws ErrnoException {
    CheckedFile file = newFile("a");
    CheckedFile replaced = newFile("b");
    file.write(0, bytes(60_000, 13));
    replaced.write(0, bytes(70_000, 14));
    vfs.mkdir(ROOM + "/d", 0755);
    vfs.rename(file.path(), replaced.path());
    file.renamed(replaced.path());
    file.write(30_000, bytes(60_000, 15));
    replaced.write(10_000, bytes(1_000, 16));
    replaced.checkAll();
    closed(replaced);
    replaced.close();
    vfs.rename(file.path(), ROOM + "/d/c");
    file.renamed(ROOM + "/d/c");
    file.checkAll();
    forget();
    file.checkAll();
  }

  // Want of room

  /** Writes until there is no room. */
  private void fill(CheckedFile file) throws ErrnoException {
    while (true) {
      byte[] bytes = bytes(CHUNK, file.size());
      int count;
      try {
        count = vfs.pwrite(file.file(), bytes, file.size());
      } catch (ErrnoException e) {
        assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
        return;
      }
      assertThat(count).isPositive();
      file.written(file.size(), bytes, count);
    }
  }

  @Test
  void write_withoutRoom_isShortThenRefused_andHarmsNothing() throws ErrnoException {
    CheckedFile other = newFile("other");
    other.write(0, bytes(100_000, 17));
    CheckedFile big = newFile("big");
    fill(big);
    assertThat(big.size()).isGreaterThan(BIG);
    assertErrno(Errno.ENOSPC, () -> vfs.pwrite(other.file(), new byte[PAGE], 10L << 20));
    other.write(50_000, bytes(50_000, 18));
    other.checkAll();
    big.checkAll();
    forget();
    other.checkAll();
    big.checkAll();
    big.truncate(big.size() / 2);
    other.write(100_000, bytes(400_000, 19));
    other.checkAll();
    big.checkAll();
    forget();
    other.checkAll();
    big.checkAll();
  }

  @Test
  void store_withoutRoom_isABusError_andHarmsNothing() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(PAGE, 20));
    file.truncate(5 * PAGE);
    fill(newFile("big"));
    try (ProcessMemory memory = stack.newMemory()) {
      MemoryMapping mapping = memory.mmap(0, 5 * PAGE, READ_WRITE, MAP_SHARED, file.file(), 0);
      mapping.setByte(7, (byte) 1);
      file.written(7, new byte[] {1}, 1);
      assertThat(mapping.getByte(3 * PAGE)).isZero();
      assertBusError(() -> mapping.setByte(3 * PAGE, (byte) 1));
      file.checkAll();
    }
    forget();
    file.checkAll();
  }
}
