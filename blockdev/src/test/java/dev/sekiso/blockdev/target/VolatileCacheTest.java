package dev.sekiso.blockdev.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.HeldDriver;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.driver.SimDriver;
import dev.sekiso.blockdev.driver.SsdModel;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A cache that forgets, but never what it was made to keep. */
class VolatileCacheTest {

  private static final int SLOTS = 64;
  private static final int SLOT_SECTORS = 8;

  /** One run: what was written and flushed, and what the media held after the cut. */
  private static final class Run {
    final int[] flushed = new int[SLOTS];
    final int[] written = new int[SLOTS];
    final int[][] survived = new int[SLOTS][SLOT_SECTORS];
  }

  private static MemorySegment slot(int value) {
    MemorySegment memory = Buffers.sectors(SLOT_SECTORS);
    for (int s = 0; s < SLOT_SECTORS; s++) {
      memory.set(ValueLayout.JAVA_INT, s * 512L, value);
    }
    return memory;
  }

  private static Run cutAt(long seed, boolean disk) throws ErrnoException {
    Run run = new Run();
    Media media = new Media(SLOTS * 1000);
    SimulatedMachine machine = new SimulatedMachine(seed);
    RequestQueue queue =
        disk
            ? new RequestQueue(
                machine,
                "sim",
                SimDriver.ssd(machine, media, SsdModel.NVME_970_PRO, seed),
                MqDeadlineScheduler::new)
            : new RequestQueue(machine, "ram", new RamDriver(media), h -> new NoneScheduler());
    // Small enough to have to make room now and then.
    VolatileCache cache = new VolatileCache(machine, "cache", queue, seed, 128 << 10);
    SplittableRandom random = new SplittableRandom(seed);
    int cutAfter = 1 + random.nextInt(150);
    machine.run(() -> {
      BlockIo io = new BlockIo(machine, cache);
      for (int i = 1; i <= cutAfter; i++) {
        int slot = random.nextInt(SLOTS);
        run.written[slot] = i;
        if (random.nextInt(10) == 0) {
          io.writeDurably(slot * 1000L, slot(i));
          run.flushed[slot] = i;
        } else {
          io.write(slot * 1000L, slot(i));
        }
        if (random.nextInt(12) == 0) {
          int[] sofar = run.written.clone();
          io.flush();
          System.arraycopy(sofar, 0, run.flushed, 0, SLOTS);
        }
        if (random.nextInt(8) == 0) {
          int other = random.nextInt(SLOTS);
          MemorySegment read = Buffers.sectors(SLOT_SECTORS);
          io.read(other * 1000L, read);
          assertThat(Buffers.same(read, slot(run.written[other]))).isTrue();
        }
      }
      machine.cutPower();
    });
    SimulatedMachine after = new SimulatedMachine(seed);
    RequestQueue reopened =
        new RequestQueue(after, "again", new RamDriver(media), h -> new NoneScheduler());
    after.run(() -> {
      BlockIo io = new BlockIo(after, reopened);
      MemorySegment read = Buffers.sectors(SLOT_SECTORS);
      for (int slot = 0; slot < SLOTS; slot++) {
        io.read(slot * 1000L, read);
        for (int s = 0; s < SLOT_SECTORS; s++) {
          run.survived[slot][s] = read.get(ValueLayout.JAVA_INT, s * 512L);
        }
      }
    });
    return run;
  }

  /** Over 200 seeds: flushed data survives, the rest may or may not, and writes are torn. */
  @Test
  void powerCut_keepsWhatWasFlushed_andAnySubsetOfTheRest() throws Exception {
    int lost = 0;
    int kept = 0;
    int torn = 0;
    int reordered = 0;
    for (long seed = 0; seed < 200; seed++) {
      Run run = cutAt(seed, seed % 2 == 1);
      int oldestLost = Integer.MAX_VALUE;
      int youngestKept = 0;
      for (int slot = 0; slot < SLOTS; slot++) {
        boolean allNew = true;
        boolean anyNew = false;
        for (int value : run.survived[slot]) {
          assertThat(value)
              .as("seed " + seed + ", slot " + slot)
              .isBetween(run.flushed[slot], run.written[slot]);
          allNew &= value == run.written[slot];
          anyNew |= value == run.written[slot];
        }
        if (run.written[slot] == run.flushed[slot]) {
          continue;
        }
        kept += allNew ? 1 : 0;
        lost += anyNew ? 0 : 1;
        torn += anyNew && !allNew ? 1 : 0;
        if (allNew) {
          youngestKept = Math.max(youngestKept, run.written[slot]);
        } else {
          oldestLost = Math.min(oldestLost, run.written[slot]);
        }
      }
      reordered += oldestLost < youngestKept ? 1 : 0;
    }
    assertThat(kept).isGreaterThan(100);
    assertThat(lost).isGreaterThan(100);
    assertThat(torn).isGreaterThan(100);
    assertThat(reordered).isGreaterThan(50);
  }

  @Test
  void runs_withOneSeed_loseTheSame() throws Exception {
    for (long seed = 0; seed < 5; seed++) {
      assertThat(cutAt(seed, true).survived).isDeepEqualTo(cutAt(seed, true).survived);
    }
  }

  private interface Body {
    void run(Machine machine, FaultyDevice below, VolatileCache cache) throws Exception;
  }

  private static void with(long cacheBytes, Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(3);
    RequestQueue queue =
        new RequestQueue(machine, "ram", new RamDriver(1 << 16), h -> new NoneScheduler());
    FaultyDevice faulty = new FaultyDevice(machine, "faulty", queue, 1);
    VolatileCache cache = new VolatileCache(machine, "cache", faulty, 1, cacheBytes);
    machine.run(() -> body.run(machine, faulty, cache));
  }

  @Test
  void limits_tellOfAVolatileCacheWithFua() throws Exception {
    with(
        1 << 20,
        (machine, below, cache) -> {
          QueueLimits limits = cache.limits();
          assertThat(limits.volatileWriteCache()).isTrue();
          assertThat(limits.forceUnitAccess()).isTrue();
          assertThat(cache.sectors()).isEqualTo(below.sectors());
        });
  }

  @Test
  void write_largerThanTheCache_goesThrough() throws Exception {
    with(
        64 << 10,
        (machine, below, cache) -> {
          BlockIo io = new BlockIo(machine, cache);
          MemorySegment written = Buffers.pattern(5, 3000, 9);
          io.write(5, written);
          MemorySegment read = Buffers.sectors(3000);
          io.read(5, read);
          assertThat(Buffers.same(read, written)).isTrue();
          assertThat(cache.unflushedBlocks()).isLessThanOrEqualTo(128);
          io.writeZeroes(100, 2000);
          io.read(5, read);
          assertThat(read.asSlice(95 * 512, 2000 * 512).mismatch(Buffers.sectors(2000)))
              .isEqualTo(-1);
          io.flush();
          assertThat(cache.unflushedBlocks()).isZero();
          MemorySegment beneath = Buffers.sectors(3000);
          new BlockIo(machine, below).read(5, beneath);
          assertThat(Buffers.same(beneath, read)).isTrue();
        });
  }

  @Test
  void flush_failingBelow_isReported_andTheDataGoesWithTheNext() throws Exception {
    with(
        1 << 20,
        (machine, below, cache) -> {
          below.inject(Fault.error(Errno.EIO).on(BioOperation.WRITE));
          BlockIo io = new BlockIo(machine, cache);
          MemorySegment written = Buffers.pattern(0, 100, 1);
          io.write(0, written);
          assertThatThrownBy(io::flush)
              .isInstanceOfSatisfying(
                  ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
          assertThatThrownBy(() -> io.writeDurably(200, Buffers.sectors(8)))
              .isInstanceOf(ErrnoException.class);
          MemorySegment read = Buffers.sectors(100);
          io.read(0, read);
          assertThat(Buffers.same(read, written)).isTrue();
          below.clearFaults();
          io.flush();
          new BlockIo(machine, below).read(0, read);
          assertThat(Buffers.same(read, written)).isTrue();
          assertThat(cache.unflushedBlocks()).isZero();
        });
  }

  @Test
  void fullCache_failingBelow_failsTheWriteThatNeedsRoom() throws Exception {
    with(
        8 << 10,
        (machine, below, cache) -> {
          below.inject(Fault.error(Errno.ENOSPC).on(BioOperation.WRITE));
          BlockIo io = new BlockIo(machine, cache);
          io.write(0, Buffers.sectors(16));
          assertThatThrownBy(() -> io.write(100, Buffers.sectors(1)))
              .isInstanceOfSatisfying(
                  ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
          below.clearFaults();
          io.write(100, Buffers.sectors(1));
          io.flush();
        });
  }

  @Test
  void badBios_failAsOnTheDeviceBelow() throws Exception {
    with(
        1 << 20,
        (machine, below, cache) -> {
          assertThat(status(cache, BioOperation.WRITE, cache.sectors() - 1, 2))
              .isEqualTo(Errno.EIO);
          assertThat(status(cache, BioOperation.READ, -1, 2)).isEqualTo(Errno.EIO);
          Bio discard = new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).length(512);
          cache.submit(discard);
          assertThat(discard.status()).isEqualTo(Errno.EOPNOTSUPP);
        });
  }

  private static Errno status(
      BlockDevice device, BioOperation operation, long sector, long sectors) {
    Bio bio = new Bio(operation, 0, sector, done -> {}).add(Buffers.sectors(sectors));
    device.submit(bio);
    return bio.status();
  }

  @Test
  void completionThatResubmits_doesNotRecurse() throws Exception {
    with(
        1 << 20,
        (machine, below, cache) -> {
          AtomicInteger left = new AtomicInteger(100_000);
          MemorySegment memory = Buffers.sectors(1);
          Bio.Completion next =
              new Bio.Completion() {
                @Override
                public void completed(Bio bio) {
                  if (left.decrementAndGet() > 0) {
                    cache.submit(
                        new Bio(BioOperation.WRITE, 0, left.get() % 1000, this).add(memory));
                  }
                }
              };
          cache.submit(new Bio(BioOperation.WRITE, 0, 0, next).add(memory));
          assertThat(left).hasValue(0);
        });
  }

  /** Tasks writing, flushing and reading the same sectors at once, in real time. */
  @Test
  void concurrentTasks_seeTheirOwnWrites() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      RequestQueue queue =
          new RequestQueue(machine, "ram", new RamDriver(1 << 16), MqDeadlineScheduler::new);
      VolatileCache cache = new VolatileCache(machine, "cache", queue, 1, 32 << 10);
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        int tag = t;
        tasks.add(
            machine.spawn("writer-" + t, TaskKind.USER, () -> writeReadFlush(machine, cache, tag)));
      }
      tasks.forEach(Task::join);
      assertThat(cache.counters().inFlight()).isZero();
      cache.close();
      assertThat(cache.unflushedBlocks()).isZero();
    }
  }

  private static void writeReadFlush(Machine machine, BlockDevice device, int tag) {
    try {
      BlockIo io = new BlockIo(machine, device);
      SplittableRandom random = new SplittableRandom(tag);
      for (int i = 0; i < 300; i++) {
        long sector = tag * 5000L + random.nextInt(60);
        MemorySegment written = Buffers.pattern(sector, 8, i);
        if (random.nextInt(5) == 0) {
          io.writeDurably(sector, written);
        } else {
          io.write(sector, written);
        }
        if (random.nextInt(10) == 0) {
          io.flush();
        }
        MemorySegment read = Buffers.sectors(8);
        io.read(sector, read);
        assertThat(Buffers.same(read, written)).isTrue();
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  /** A bio of one sector; what it is told at its end goes to the list. */
  private static Bio sector(BioOperation operation, long sector, List<Bio> ended) {
    return new Bio(operation, 0, sector, ended::add).add(Buffers.sectors(1));
  }

  /** The only slot has landed and cannot be used as long as the read means to copy it. */
  @Test
  void writeWithoutRoom_whenARepeatedReadHoldsTheLastSlot_waitsForTheRead() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      HeldDriver driver = new HeldDriver(1000, QueueLimits.DEFAULT);
      RequestQueue queue = new RequestQueue(machine, "held", driver, h -> new NoneScheduler());
      VolatileCache cache = new VolatileCache(machine, "cache", queue, 1, 512);
      List<Bio> ended = new ArrayList<>();
      cache.submit(sector(BioOperation.WRITE, 0, ended));
      cache.submit(sector(BioOperation.READ, 0, ended));
      cache.submit(sector(BioOperation.WRITE, 1, ended));
      List<Request> writes = driver.requests().stream().filter(Request::isWrite).toList();
      assertThat(writes).hasSize(1);
      driver.release(driver.requests().indexOf(writes.getFirst()));
      assertThat(ended).extracting(Bio::operation).containsExactly(BioOperation.WRITE);
      driver.releaseAll();
      assertThat(ended).hasSize(3).allMatch(bio -> bio.failure() == null);
    });
  }

  @Test
  void close_whenTheFlushFails_closesTheDeviceBelow() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      RequestQueue queue =
          new RequestQueue(
              machine, "ram", new RamDriver(new Media(1000)), h -> new NoneScheduler());
      FaultyDevice faulty = new FaultyDevice(machine, "faulty", queue, 1);
      faulty.inject(Fault.error(Errno.EIO));
      VolatileCache cache = new VolatileCache(machine, "cache", faulty, 1, 512);
      new BlockIo(machine, cache).write(0, Buffers.sectors(1));
      assertThatThrownBy(cache::close).hasMessageContaining("EIO");
      Bio late = sector(BioOperation.READ, 0, new ArrayList<>());
      queue.submit(late);
      assertThat(late.status()).as("of the closed device").isEqualTo(Errno.ENODEV);
    });
  }

  @Test
  void versionThatFollowsAnother_keepsNothingOfItOnceThatHasLanded() {
    CacheBlocks blocks = new CacheBlocks(4, 512, 512);
    CacheBlocks.Block first = blocks.put(7, null);
    assertThat(blocks.startFlight(first, () -> {})).isTrue();
    CacheBlocks.Block second = blocks.put(7, null);
    assertThat(second).isNotSameAs(first);
    List<Runnable> tried = new ArrayList<>();
    assertThat(blocks.startFlight(second, () -> tried.add(null))).as("waits").isFalse();
    blocks.endFlight(first, null).forEach(Runnable::run);
    assertThat(tried).hasSize(1);
    assertThat(blocks.startFlight(second, () -> {})).isTrue();
    assertThat(second).as("or a block always being rewritten").extracting("predecessor").isNull();
  }
}
