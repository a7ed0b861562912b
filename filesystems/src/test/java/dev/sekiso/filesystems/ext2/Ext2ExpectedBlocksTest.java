package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.driver.SimDriver;
import dev.sekiso.blockdev.driver.SsdModel;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.filesystems.E2fsprogs;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indirect blocks come in before the data whose way they know has to wait for them. */
final class Ext2ExpectedBlocksTest {

  private static final int BLOCK = 4096;
  private static final int SECTORS = BLOCK / 512;

  /** Direct blocks, an indirect one's, and some below the double indirect one. */
  private static final int FILE_BLOCKS = 12 + 1024 + 100;

  /** Blocks of a file system that needs many indirect ones. */
  private static final int SMALL_BLOCK = 1024;

  /** A driver that notes what is read, and says whether it spins. */
  private record Noting(BlockDriver inner, boolean rotational, List<Long> reads)
      implements BlockDriver {

    Noting(BlockDriver inner, boolean rotational) {
      this(inner, rotational, new ArrayList<>());
    }

    @Override
    public long sectors() {
      return inner.sectors();
    }

    @Override
    public QueueLimits limits() {
      return inner.limits().withRotational(rotational);
    }

    @Override
    public boolean supports(BioOperation operation) {
      return inner.supports(operation);
    }

    @Override
    public void execute(Request request) {
      if (request.operation() == BioOperation.READ) {
        for (long sector = request.sector(); sector < request.endSector(); sector += SECTORS) {
          reads.add(sector);
        }
      }
      inner.execute(request);
    }

    /** When a block of the file system was read, of all reads since the last call. */
    int place(long block) {
      return reads.indexOf(block * SECTORS);
    }

    long timesRead(long block) {
      return reads.stream().filter(sector -> sector == block * SECTORS).count();
    }

    @Override
    public void close() throws ErrnoException {
      inner.close();
    }
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(11).nextBytes(content);
    return content;
  }

  /** Stores a file and forgets it: the stack is mounted anew. */
  private static OpenFile stored(TestStack stack, byte[] content) throws ErrnoException {
    stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
    OpenFile file = stack.vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    stack.vfs.write(file, content);
    stack.vfs.close(file);
    stack.vfs.unmount("/");
    stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
    return stack.vfs.open("/f", OpenFlag.READ_ONLY);
  }

  private static void readThrough(TestStack stack, OpenFile file, byte[] expected)
      throws ErrnoException {
    byte[] found = new byte[expected.length];
    byte[] piece = new byte[4096];
    for (int at = 0; at < expected.length; ) {
      int count = stack.vfs.pread(file, piece, at);
      System.arraycopy(piece, 0, found, at, count);
      at += count;
    }
    assertThat(found).isEqualTo(expected);
  }

  private interface Body {
    void run(TestStack stack, Noting driver, FaultyDevice disk) throws Exception;
  }

  private static void run(boolean rotational, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(2);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 2048);
      Noting driver = new Noting(new RamDriver(TestStack.newMedia(16 << 20)), rotational);
      FaultyDevice disk =
          new FaultyDevice(
              machine,
              "vda",
              new RequestQueue(machine, "ram", driver, host -> new NoneScheduler()),
              1);
      stack.add(disk);
      Ext2Format.DEFAULT.withBlockSize(BLOCK).write(machine, disk);
      body.run(stack, driver, disk);
      stack.close();
    });
  }

  private static long indirect(OpenFile file) {
    return ((Ext2Inode) file.inode()).tree().pointer(BlockTree.DIRECT) & 0xFFFF_FFFFL;
  }

  private static long firstData(OpenFile file) {
    return ((Ext2Inode) file.inode()).tree().pointer(0) & 0xFFFF_FFFFL;
  }

  @Test
  void indirectBlock_isReadBeforeTheDataBeforeIt_onceAndByNobodyElse() throws Exception {
    byte[] content = content(FILE_BLOCKS * BLOCK);
    run(
        false,
        (stack, driver, disk) -> {
          OpenFile file = stored(stack, content);
          stack.vfs.pread(file, new byte[4096], 0);
          assertThat(driver.place(indirect(file)))
              .isNotNegative()
              .isLessThan(driver.place(firstData(file)));
          driver.reads.clear();
          readThrough(stack, file, content);
          assertThat(driver.timesRead(indirect(file))).as("again").isZero();
          assertThat(driver.reads).as("nothing is read twice").doesNotHaveDuplicates();
          stack.vfs.close(file);
        });
  }

  @Test
  void indirectBlock_onADeviceThatSpins_isReadWhenItIsNeeded() throws Exception {
    byte[] content = content(FILE_BLOCKS * BLOCK);
    run(
        true,
        (stack, driver, disk) -> {
          OpenFile file = stored(stack, content);
          stack.vfs.pread(file, new byte[4096], 0);
          assertThat(driver.place(firstData(file))).isNotNegative();
          assertThat(driver.place(indirect(file))).isNegative();
          readThrough(stack, file, content);
          stack.vfs.close(file);
        });
  }

  @Test
  void indirectBlock_thatFailsOnceAhead_isReadAgain() throws Exception {
    byte[] content = content(FILE_BLOCKS * BLOCK);
    run(
        false,
        (stack, driver, disk) -> {
          OpenFile file = stored(stack, content);
          long sector = indirect(file) * SECTORS;
          disk.inject(
              Fault.error(Errno.EIO)
                  .on(BioOperation.READ)
                  .within(sector, sector + SECTORS)
                  .times(1));
          readThrough(stack, file, content);
          assertThat(disk.strikes()).isEqualTo(1);
          stack.vfs.close(file);
        });
  }

  @Test
  void indirectBlock_thatCannotBeRead_failsTheReadsThatNeedIt() throws Exception {
    byte[] content = content(FILE_BLOCKS * BLOCK);
    run(
        false,
        (stack, driver, disk) -> {
          OpenFile file = stored(stack, content);
          long sector = indirect(file) * SECTORS;
          disk.inject(
              Fault.error(Errno.EIO).on(BioOperation.READ).within(sector, sector + SECTORS));
          byte[] piece = new byte[4096];
          for (int at = 0; at < 12 * BLOCK; at += piece.length) {
            assertThat(stack.vfs.pread(file, piece, at)).isEqualTo(piece.length);
          }
          assertThatThrownBy(() -> stack.vfs.pread(file, piece, 12 * BLOCK))
              .hasMessageContaining("EIO");
          disk.clearFaults();
          readThrough(stack, file, content);
          stack.vfs.close(file);
        });
  }

  /** A reader looks ahead in a tree that others cut down and grow again meanwhile. */
  @Test
  void truncations_whileAReaderLooksAhead_leaveFileAndVolumeSound(@TempDir Path directory)
      throws Exception {
    byte[] content = content(300 * SMALL_BLOCK);
    for (int seed = 0; seed < 10; seed++) {
      Media media = TestStack.newMedia(8 << 20);
      SimulatedMachine machine = new SimulatedMachine(seed);
      machine.run(() -> {
        TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 256);
        RequestQueue disk =
            new RequestQueue(
                machine,
                "vda",
                SimDriver.ssd(machine, media, SsdModel.NVME_970_PRO, 1),
                host -> new NoneScheduler());
        stack.add(disk);
        Ext2Format.DEFAULT.withBlockSize(SMALL_BLOCK).write(machine, disk);
        OpenFile file = stored(stack, content);
        OpenFile writer = stack.vfs.open("/f", OpenFlag.READ_WRITE);
        Task cutter =
            start(
                machine,
                "cutter",
                () -> {
                  for (int i = 0; i < 20; i++) {
                    stack.vfs.ftruncate(writer, (i * 37 % 10) * 30L * SMALL_BLOCK);
                    stack.vfs.pwrite(writer, content, 0);
                  }
                });
        Task reader =
            start(
                machine,
                "reader",
                () -> {
                  while (cutter.isAlive()) {
                    readWhatThereIs(stack, file, content);
                    // What is cached takes no time to read, and the cutter needs some.
                    machine.sleep(20_000);
                  }
                });
        cutter.join();
        reader.join();
        readThrough(stack, file, content);
        stack.vfs.close(file);
        stack.vfs.close(writer);
        stack.close();
      });
      if (E2fsprogs.isInstalled()) {
        E2fsprogs.assertClean(TestStack.save(media, directory.resolve("image")));
      }
    }
  }

  private interface Action {
    void run() throws ErrnoException;
  }

  private static Task start(SimulatedMachine machine, String name, Action action) {
    return machine.spawn(
        name,
        TaskKind.USER,
        () -> {
          try {
            action.run();
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** Each byte is what it was and will be again, or zero where the file was cut and grew. */
  private static void readWhatThereIs(TestStack stack, OpenFile file, byte[] content)
      throws ErrnoException {
    byte[] piece = new byte[4096];
    int at = 0;
    int count;
    while ((count = stack.vfs.pread(file, piece, at)) > 0) {
      for (int i = 0; i < count; i++) {
        if (piece[i] != content[at + i] && piece[i] != 0) {
          throw new AssertionError("byte " + (at + i) + " is " + piece[i]);
        }
      }
      at += count;
    }
  }

  /** How long a sequential read of a file of 64 MiB takes, in virtual nanoseconds. */
  private static long nanosOnNvme(boolean rotational) throws Exception {
    byte[] content = content(64 << 20);
    SimulatedMachine machine = new SimulatedMachine(4);
    return machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 32768);
      Media media = TestStack.newMedia(96 << 20);
      Noting driver =
          new Noting(SimDriver.ssd(machine, media, SsdModel.NVME_970_PRO, 1), rotational);
      RequestQueue disk = new RequestQueue(machine, "vda", driver, host -> new NoneScheduler());
      stack.add(disk);
      Ext2Format.DEFAULT.withBlockSize(SMALL_BLOCK).write(machine, disk);
      OpenFile file = stored(stack, content);
      long start = machine.nanoTime();
      readThrough(stack, file, content);
      long nanos = machine.nanoTime() - start;
      stack.vfs.close(file);
      stack.close();
      return nanos;
    });
  }

  @Test
  void sequentialRead_onNvme_waitsLessThanWithoutLookingAhead() throws Exception {
    long looking = nanosOnNvme(false);
    long waiting = nanosOnNvme(true);
    assertThat(looking).isLessThan(waiting * 9 / 10);
  }
}
