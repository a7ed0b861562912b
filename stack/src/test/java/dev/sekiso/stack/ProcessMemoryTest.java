package dev.sekiso.stack;

import static dev.sekiso.pagecache.MapFlags.MADV_REMOVE;
import static dev.sekiso.pagecache.MapFlags.MAP_PRIVATE;
import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.MS_ASYNC;
import static dev.sekiso.pagecache.MapFlags.MS_SYNC;
import static dev.sekiso.pagecache.MapFlags.PROT_EXEC;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static dev.sekiso.pagecache.MapFlags.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.MemoryFaultException;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Timestamp;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of every file system mapped into a process's memory, through the whole stack. */
class ProcessMemoryTest {

  private static final StackCatalog CATALOG = StackCatalog.load();
  private static final int PAGE = 4096;
  private static final int READ_WRITE = PROT_READ | PROT_WRITE;

  private static StorageStack.Builder builder() {
    return StorageStack.builder().catalog(CATALOG).memory("2m").simulated(5);
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

  private static OpenFile file(Vfs vfs, String path, int pages) throws ErrnoException {
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    for (int page = 0; page < pages; page++) {
      byte[] bytes = new byte[PAGE];
      bytes[0] = (byte) page;
      vfs.pwrite(file, bytes, (long) page * PAGE);
    }
    return file;
  }

  private static byte at(Vfs vfs, OpenFile file, long position) throws ErrnoException {
    byte[] one = new byte[1];
    assertThat(vfs.pread(file, one, position)).isEqualTo(1);
    return one[0];
  }

  @ParameterizedTest
  @CsvSource({
    "ram:8m, ext2?block_size=4k, folio",
    "ram:8m, ext2?block_size=1k, folio",
    "nvme:8m, ext2?block_size=1k, folio",
    "ram:8m, ext2?block_size=1k, pass-through",
    "ram:8m, ramfs, folio",
    "ram:8m, ramfs, pass-through"
  })
  void mapping_andReadsAndWritesAgree(String device, String fileSystem, String cache)
      throws Exception {
    StorageStack.Builder builder = builder().device(device).layer("pagecache", cache);
    if (!fileSystem.equals("ramfs")) {
      builder.fileSystem(fileSystem);
    } else {
      builder.mountAt("/disk").mount("/", "ramfs");
    }
    builder.run(stack -> {
      Vfs vfs = stack.vfs();
      OpenFile file = file(vfs, "/f", 5);
      vfs.ftruncate(file, 20 * PAGE);
      try (ProcessMemory memory = stack.newMemory()) {
        MemoryMapping m = memory.mmap(0, 20 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
        MemoryMapping p = memory.mmap(0, 20 * PAGE, READ_WRITE, MAP_PRIVATE, file, 0);
        assertThat(m.getByte(4 * PAGE)).isEqualTo((byte) 4);
        assertThat(m.getByte(9 * PAGE)).isZero();
        m.setLong(3 * PAGE + 16, 77);
        m.setByte(11 * PAGE + 1500, (byte) 11);
        p.setByte(3 * PAGE + 16, (byte) 99);
        assertThat(at(vfs, file, 3 * PAGE + 16)).isEqualTo((byte) 77);
        assertThat(at(vfs, file, 11 * PAGE + 1500)).isEqualTo((byte) 11);
        vfs.pwrite(file, new byte[] {5}, 3 * PAGE + 16);
        assertThat(m.getLong(3 * PAGE + 16)).isEqualTo(5);
        assertThat(p.getByte(3 * PAGE + 16)).isEqualTo((byte) 99);
        m.sync(MS_SYNC);
        vfs.ftruncate(file, 4 * PAGE);
        assertSignal(Signal.BUS, () -> m.getByte(11 * PAGE));
        vfs.ftruncate(file, 20 * PAGE);
        assertThat(m.getByte(11 * PAGE + 1500)).isZero();
        vfs.close(file);
        assertThat(m.getLong(3 * PAGE + 16)).isEqualTo(5);
      }
      return null;
    });
  }

  @Test
  void removedFile_livesWhileItIsMapped() throws Exception {
    builder()
        .device("ram:8m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = file(vfs, "/f", 3);
          ProcessMemory memory = stack.newMemory();
          MemoryMapping m = memory.mmap(0, 3 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
          long free = vfs.statfs("/").freeBlocks();
          vfs.unlink("/f");
          vfs.close(file);
          assertThat(m.getByte(2 * PAGE)).isEqualTo((byte) 2);
          assertThat(vfs.statfs("/").freeBlocks()).isEqualTo(free);
          assertErrno(Errno.EBUSY, () -> vfs.unmount("/"));
          memory.close();
          assertThat(vfs.statfs("/").freeBlocks()).isGreaterThan(free);
          return null;
        });
  }

  @Test
  void mmap_checksWhatTheFileIsOpenFor() throws Exception {
    builder()
        .device("ram:8m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile both = file(vfs, "/f", 3);
          OpenFile reader = vfs.open("/f", OpenFlag.READ_ONLY);
          OpenFile writer = vfs.open("/f", OpenFlag.WRITE_ONLY);
          OpenFile folder = vfs.open("/", OpenFlag.READ_ONLY);
          try (ProcessMemory memory = stack.newMemory()) {
            assertErrno(
                Errno.EACCES, () -> memory.mmap(0, PAGE, READ_WRITE, MAP_SHARED, reader, 0));
            assertErrno(Errno.EACCES, () -> memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, writer, 0));
            assertErrno(
                Errno.EACCES, () -> memory.mmap(0, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
            assertErrno(
                Errno.ENODEV, () -> memory.mmap(0, PAGE, PROT_READ, MAP_PRIVATE, folder, 0));
            assertErrno(Errno.EINVAL, () -> memory.mmap(0, 0, PROT_READ, MAP_SHARED, both, 0));
            assertErrno(Errno.EINVAL, () -> memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, both, 7));
            assertErrno(Errno.EINVAL, () -> memory.mmap(0, PAGE, PROT_READ, 0, both, 0));
            assertErrno(
                Errno.EOVERFLOW, () -> memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, both, 1L << 60));
            MemoryMapping m = memory.mmap(0, PAGE, READ_WRITE, MAP_PRIVATE, reader, 0);
            m.setByte(0, (byte) 9);
            assertErrno(
                Errno.EACCES,
                () ->
                    memory
                        .map()
                        .mprotect(
                            memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, reader, 0).address(),
                            PAGE,
                            READ_WRITE));
            vfs.close(both);
            assertErrno(Errno.EBADF, () -> memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, both, 0));
          }
          vfs.close(reader);
          vfs.close(writer);
          vfs.close(folder);
          return null;
        });
  }

  @Test
  void mmap_ofWhatMustNotBeExecuted() throws Exception {
    builder()
        .device("ram:8m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          vfs.mkdir("/m", 0755);
          vfs.mount("none", "/m", "ramfs", Set.of(MountFlag.NO_EXEC), "");
          OpenFile file = file(vfs, "/m/f", 1);
          try (ProcessMemory memory = stack.newMemory()) {
            assertErrno(
                Errno.EPERM,
                () -> memory.mmap(0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0));
          }
          vfs.close(file);
          return null;
        });
  }

  @Test
  void blockDevice_isMappedLikeAFile() throws Exception {
    builder()
        .device("ram:8m")
        .mountAt("/disk")
        .device("ram:1m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile raw = vfs.open("/dev/sdb", OpenFlag.READ_WRITE);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 1 << 20, READ_WRITE, MAP_SHARED, raw, 0);
            m.setInt(PAGE + 8, 0x01020304);
            m.sync(MS_SYNC);
            OpenFile direct = vfs.open("/dev/sdb", OpenFlag.READ_ONLY, OpenFlag.DIRECT);
            try (var arena = java.lang.foreign.Arena.ofShared()) {
              MemorySegment sector = arena.allocate(512, 4096);
              assertThat(vfs.pread(direct, sector, PAGE)).isEqualTo(512);
              assertThat(sector.get(java.lang.foreign.ValueLayout.JAVA_INT, 8))
                  .isEqualTo(0x01020304);
            }
            vfs.close(direct);
          }
          vfs.close(raw);
          return null;
        });
  }

  @Test
  void zeroDevice_isMemoryOfOnesOwn() throws Exception {
    builder()
        .device("ram:8m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          vfs.mknod("/zero", FileType.CHARACTER_DEVICE.modeBits() | 0666, 1 << 8 | 5);
          vfs.mknod("/null", FileType.CHARACTER_DEVICE.modeBits() | 0666, 1 << 8 | 3);
          vfs.mknod("/full", FileType.CHARACTER_DEVICE.modeBits() | 0666, 1 << 8 | 7);
          OpenFile zero = vfs.open("/zero", OpenFlag.READ_WRITE);
          OpenFile nothing = vfs.open("/null", OpenFlag.READ_WRITE);
          OpenFile full = vfs.open("/full", OpenFlag.READ_WRITE);
          byte[] bytes = {1, 2, 3};
          assertThat(vfs.write(zero, bytes)).isEqualTo(3);
          assertThat(vfs.read(zero, bytes)).isEqualTo(3);
          assertThat(bytes).containsOnly(0);
          assertThat(vfs.read(nothing, bytes)).isZero();
          assertErrno(Errno.ENOSPC, () -> vfs.write(full, bytes));
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping p = memory.mmap(0, 4 * PAGE, READ_WRITE, MAP_PRIVATE, zero, 0);
            p.setLong(PAGE, 5);
            assertThat(p.getLong(PAGE)).isEqualTo(5);
            MemoryMapping s = memory.mmap(0, 4 * PAGE, READ_WRITE, MAP_SHARED, zero, 0);
            assertThat(s.getLong(PAGE)).isZero();
            s.setLong(PAGE, 6);
            assertThat(s.getLong(PAGE)).isEqualTo(6);
            assertErrno(
                Errno.ENODEV, () -> memory.mmap(0, PAGE, PROT_READ, MAP_SHARED, nothing, 0));
          }
          vfs.close(zero);
          vfs.close(nothing);
          vfs.close(full);
          return null;
        });
  }

  @Test
  void firstStore_setsTheFilesTimes() throws Exception {
    builder()
        .device("ram:8m")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = file(vfs, "/f", 3);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 3 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
            m.getByte(0);
            Timestamp before = vfs.fstat(file).modificationTime();
            stack.machine().sleep(5_000_000_000L);
            m.setByte(0, (byte) 1);
            Timestamp first = vfs.fstat(file).modificationTime();
            assertThat(first).isNotEqualTo(before);
            stack.machine().sleep(1_000_000_000L);
            m.setByte(1, (byte) 1);
            assertThat(vfs.fstat(file).modificationTime()).isEqualTo(first);
          }
          vfs.close(file);
          return null;
        });
  }

  @Test
  void store_withoutRoomOnTheDevice_isABusError() throws Exception {
    builder()
        .device("ram:1m")
        .fileSystem("ext2?block_size=1k")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = file(vfs, "/f", 0);
          vfs.ftruncate(file, 4 << 20);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 4 << 20, READ_WRITE, MAP_SHARED, file, 0);
            assertSignal(
                Signal.BUS,
                () -> {
                  for (int page = 0; page < 1024; page++) {
                    m.setByte((long) page * PAGE, (byte) 1);
                  }
                });
            assertThat(m.getByte(0)).isEqualTo((byte) 1);
          }
          vfs.close(file);
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext2?block_size=1k", "ext2?block_size=4k", "ramfs"})
  void remove_punchesAHole(String fileSystem) throws Exception {
    onFileSystem(fileSystem)
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = file(vfs, "/f", 8);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 8 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
            assertThat(m.getByte(5 * PAGE)).isEqualTo((byte) 5);
            m.setByte(4 * PAGE + 9, (byte) 1);
            memory.map().madvise(m.address() + 4 * PAGE, 2 * PAGE, MADV_REMOVE);
            assertThat(m.getByte(5 * PAGE)).isZero();
            assertThat(m.getByte(4 * PAGE + 9)).isZero();
            assertThat(m.getByte(3 * PAGE)).isEqualTo((byte) 3);
            assertThat(vfs.fstat(file).blocks()).isLessThan(8 * PAGE / 512);
            m.setByte(5 * PAGE, (byte) 2);
            m.sync(MS_SYNC);
            assertThat(at(vfs, file, 5 * PAGE)).isEqualTo((byte) 2);
          }
          vfs.close(file);
          return null;
        });
  }

  private static StorageStack.Builder onFileSystem(String fileSystem) {
    StorageStack.Builder builder = builder().device("ram:8m");
    return fileSystem.equals("ramfs")
        ? builder.mountAt("/disk").mount("/", "ramfs")
        : builder.fileSystem(fileSystem);
  }

  /** What was stored behind the end of a file does not come to light when the file grows. */
  @ParameterizedTest
  @ValueSource(strings = {"ext2?block_size=1k", "ext2?block_size=4k", "ramfs"})
  void growing_showsNothingThatWasStoredBehindTheEnd(String fileSystem) throws Exception {
    onFileSystem(fileSystem)
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
          try (ProcessMemory memory = stack.newMemory()) {
            vfs.pwrite(file, new byte[100], 0);
            MemoryMapping m = memory.mmap(0, 4 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
            m.setByte(200, (byte) 9);
            vfs.ftruncate(file, 2 * PAGE);
            assertThat(at(vfs, file, 200)).isZero();
            vfs.ftruncate(file, 100);
            m.setByte(200, (byte) 9);
            vfs.pwrite(file, new byte[] {1}, 3 * PAGE);
            assertThat(at(vfs, file, 200)).isZero();
            vfs.ftruncate(file, 100);
            m.setByte(200, (byte) 9);
            m.setByte(90, (byte) 8);
            vfs.pwrite(file, new byte[] {1}, 300);
            assertThat(at(vfs, file, 200)).isZero();
            assertThat(at(vfs, file, 90)).isEqualTo((byte) 8);
          }
          vfs.close(file);
          return null;
        });
  }

  /**
   * Everybody owns a byte in each of some blocks that others punch all the time: after what he has
   * stored he finds that, or zero, and after zero nothing but zero until he stores again. Whether
   * he looks through a mapping, by reading, or past the cache.
   */
  @ParameterizedTest
  @CsvSource({
    "ext2?block_size=1k, today, folio",
    "ext2?block_size=1k, 2.5.67, folio",
    "ext2?block_size=4k, today, folio",
    "ext2?block_size=1k, today, pass-through",
    "ramfs, today, folio"
  })
  void punching_underMappingsAndReaders_bringsNothingBack(
      String fileSystem, String era, String cache) throws Exception {
    for (int seed = 1; seed <= 6; seed++) {
      int chosen = seed;
      onFileSystem(fileSystem)
          .simulated(seed)
          .set("msync", era)
          .layer("pagecache", cache)
          .run(stack -> {
            Vfs vfs = stack.vfs();
            OpenFile file = file(vfs, "/f", 16);
            try (ProcessMemory memory = stack.newMemory()) {
              MemoryMapping m = memory.mmap(0, 16 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
              List<Task> tasks = new ArrayList<>();
              List<Throwable> failures = new ArrayList<>();
              for (int task = 0; task < 3; task++) {
                Random random = new Random(chosen * 10L + task);
                int own = task;
                tasks.add(
                    stack
                        .machine()
                        .spawn(
                            "owner " + task,
                            TaskKind.USER,
                            () -> {
                              try {
                                ownBytes(stack, file, m, own, random);
                              } catch (Exception | AssertionError e) {
                                failures.add(e);
                              }
                            }));
              }
              Random random = new Random(chosen);
              for (int i = 0; i < 150; i++) {
                int at = random.nextInt(16 * PAGE);
                vfs.fallocate(file, 3, at & -1024, 1024L * (1 + random.nextInt(20)));
                if (random.nextInt(4) == 0) {
                  vfs.fadvise(file, 0, 0, 4);
                }
                if (random.nextInt(6) == 0) {
                  vfs.fsync(file);
                }
                stack.machine().sleep(random.nextInt(20_000));
              }
              tasks.forEach(Task::join);
              assertThat(failures).as("seed " + chosen).isEmpty();
            }
            vfs.close(file);
            return null;
          });
    }
  }

  private static void ownBytes(
      StorageStack stack, OpenFile file, MemoryMapping m, int own, Random random) throws Exception {
    int blocks = 16 * PAGE / 1024;
    byte[] last = new byte[blocks];
    boolean[] known = new boolean[blocks];
    for (int i = 0; i < 300; i++) {
      int block = random.nextInt(blocks);
      int place = block * 1024 + 10 + own;
      if (random.nextInt(3) == 0) {
        last[block] = (byte) (1 + random.nextInt(100));
        known[block] = true;
        m.setByte(place, last[block]);
      } else {
        byte found = random.nextBoolean() ? m.getByte(place) : at(stack.vfs(), file, place);
        if (known[block]) {
          assertThat(found).as("byte %d, step %d", place, i).isIn((byte) 0, last[block]);
        }
        last[block] = found;
        known[block] = true;
      }
      if (random.nextInt(10) == 0) {
        m.sync(MS_SYNC);
      }
      stack.machine().sleep(random.nextInt(5_000));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"today", "2.6.16", "2.5.67"})
  void synchronousMsync_survivesAPowerCut(String era) throws Exception {
    var media =
        builder()
            .set("msync", era)
            .device("volatile-cache(ram:8m)?seed=3")
            .run(stack -> {
              OpenFile file = file(stack.vfs(), "/f", 8);
              stack.vfs().sync();
              ProcessMemory memory = stack.newMemory();
              MemoryMapping m = memory.mmap(0, 8 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
              m.setLong(8, 1234);
              m.setLong(7 * PAGE, 5678);
              m.sync(MS_SYNC);
              m.setLong(7 * PAGE, 9999);
              ((SimulatedMachine) stack.machine()).cutPower();
              return stack.vfs().stat("/f");
            })
            .media();
    builder()
        .device("volatile-cache(ram:8m)?seed=3")
        .media(media)
        .run(stack -> {
          OpenFile file = stack.vfs().open("/f", OpenFlag.READ_ONLY);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 8 * PAGE, PROT_READ, MAP_SHARED, file, 0);
            assertThat(m.getLong(8)).isEqualTo(1234);
            assertThat(m.getLong(7 * PAGE)).isEqualTo(5678);
          }
          stack.vfs().close(file);
          return null;
        });
  }

  @Test
  void asynchronousMsync_doesWhatItsEraDid() throws Exception {
    for (String era : new String[] {"today", "2.6.16", "2.5.67"}) {
      builder()
          .set("msync", era)
          .device("ram:8m")
          .run(stack -> {
            Vfs vfs = stack.vfs();
            OpenFile file = file(vfs, "/f", 8);
            vfs.sync();
            long written = stack.pageCache().counters().written();
            try (ProcessMemory memory = stack.newMemory()) {
              MemoryMapping m = memory.mmap(0, 8 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
              m.setByte(PAGE, (byte) 1);
              boolean known = stack.pageCache().memory().dirty() > 0;
              assertThat(known).as(era).isEqualTo(era.equals("today"));
              m.sync(MS_ASYNC);
              boolean dirty = stack.pageCache().memory().dirty() > 0;
              assertThat(dirty).as(era).isEqualTo(!era.equals("2.5.67"));
              stack.machine().sleep(100_000_000);
              boolean started = stack.pageCache().counters().written() > written;
              assertThat(started).as(era).isEqualTo(era.equals("2.5.67"));
            }
            vfs.close(file);
            return null;
          });
    }
  }

  @Test
  void errorOfWriteback_isHeardOnceByEachOpenFile() throws Exception {
    builder()
        .device("flaky(ram:8m)?operation=write&up=10s&down=10s")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile file = file(vfs, "/f", 8);
          vfs.fsync(file);
          OpenFile other = vfs.open("/f", OpenFlag.READ_ONLY);
          try (ProcessMemory memory = stack.newMemory()) {
            MemoryMapping m = memory.mmap(0, 8 * PAGE, READ_WRITE, MAP_SHARED, file, 0);
            stack.machine().sleep(12_000_000_000L - stack.machine().nanoTime());
            m.setByte(PAGE, (byte) 1);
            assertErrno(Errno.EIO, () -> m.sync(MS_SYNC));
            stack.machine().sleep(22_000_000_000L - stack.machine().nanoTime());
            m.sync(MS_SYNC);
            vfs.fsync(file);
            assertErrno(Errno.EIO, () -> vfs.fsync(other));
            vfs.fsync(other);
            m.setByte(PAGE, (byte) 2);
            m.sync(MS_SYNC);
          }
          vfs.close(other);
          vfs.close(file);
          return null;
        });
  }
}
