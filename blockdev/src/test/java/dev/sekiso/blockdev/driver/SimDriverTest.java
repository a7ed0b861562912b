package dev.sekiso.blockdev.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Modelled disks: what their data sheets say comes out again. */
class SimDriverTest {

  private static final HddModel HDD = HddModel.DESKSTAR_7K500;
  private static final SsdModel NVME = SsdModel.NVME_970_PRO;
  private static final SsdModel SATA = SsdModel.SATA_850_PRO;

  @Nested
  class Hdd extends BlockDriverContract {
    @Override
    protected BlockDriver open(Machine machine) {
      return SimDriver.hdd(machine, new Media(SECTORS), HDD);
    }
  }

  @Nested
  class Nvme extends BlockDriverContract {
    @Override
    protected BlockDriver open(Machine machine) {
      return SimDriver.ssd(machine, new Media(SECTORS), NVME, 1);
    }
  }

  @Nested
  class Sata extends BlockDriverContract {
    @Override
    protected BlockDriver open(Machine machine) {
      return SimDriver.ssd(machine, new Media(SECTORS), SATA, 1);
    }
  }

  private interface Work {
    void run(SimulatedMachine machine, BlockDevice device) throws ErrnoException;
  }

  /** Virtual nanoseconds the work takes. */
  private static long time(java.util.function.Function<Machine, BlockDriver> disk, Work work)
      throws ErrnoException {
    SimulatedMachine machine = new SimulatedMachine(1);
    RequestQueue queue =
        new RequestQueue(machine, "sim", disk.apply(machine), host -> new NoneScheduler());
    machine.run(() -> work.run(machine, queue));
    return machine.nanoTime();
  }

  private static BlockDriver hdd(Machine machine) {
    return SimDriver.hdd(machine, new Media(HDD.sectors()), HDD);
  }

  private static BlockDriver nvme(Machine machine) {
    return SimDriver.ssd(machine, new Media(1L << 31), NVME, 1);
  }

  private static BlockDriver sata(Machine machine) {
    return SimDriver.ssd(machine, new Media(1L << 31), SATA, 1);
  }

  private static void sequential(
      SimulatedMachine machine, BlockDevice device, BioOperation operation, long at, long bytes)
      throws ErrnoException {
    BlockIo io = new BlockIo(machine, device);
    MemorySegment memory = Buffers.sectors(256);
    for (long sector = at; sector < at + (bytes >> 9); sector += 256) {
      if (operation == BioOperation.READ) {
        io.read(sector, memory);
      } else {
        io.write(sector, memory);
      }
    }
  }

  private static void random(
      SimulatedMachine machine, BlockDevice device, BioOperation operation, int count, int tasks) {
    List<Task> all = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      SplittableRandom random = new SplittableRandom(t);
      all.add(
          machine.spawn(
              "random-" + t,
              TaskKind.USER,
              () -> {
                BlockIo io = new BlockIo(machine, device);
                MemorySegment memory = Buffers.sectors(8);
                try {
                  for (int i = 0; i < count / tasks; i++) {
                    long sector = random.nextLong(device.sectors() / 8) * 8;
                    if (operation == BioOperation.READ) {
                      io.read(sector, memory);
                    } else {
                      io.write(sector, memory);
                    }
                  }
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    all.forEach(Task::join);
  }

  private static double megabytesPerSecond(long bytes, long nanos) {
    return bytes / 1e6 / (nanos / 1e9);
  }

  // ------------------------------------------------------------------------------------------ HDD

  /** §4.4.5.2 of the specification: 4096 random reads take 55.5 s, 105 % of the calculated time. */
  @Test
  void hdd_randomReads_takeWhatTheSpecificationCalculates() throws Exception {
    long nanos =
        time(
            SimDriverTest::hdd,
            (machine, device) -> random(machine, device, BioOperation.READ, 4096, 1));
    assertThat(nanos / 1e9).isCloseTo(55.5 / 1.05, within(55.5 * 0.03));
  }

  /** Table 10: 64.8 MB/s in the outermost zone, 31.0 MB/s in the innermost. */
  @Test
  void hdd_sequentialReads_reachTheSustainedRates() throws Exception {
    long bytes = 64 << 20;
    long outer =
        time(
            SimDriverTest::hdd,
            (machine, device) -> sequential(machine, device, BioOperation.READ, 0, bytes));
    assertThat(megabytesPerSecond(bytes, outer)).isCloseTo(64.8, within(2.0));
    long inner =
        time(
            SimDriverTest::hdd,
            (machine, device) ->
                sequential(
                    machine,
                    device,
                    BioOperation.READ,
                    (HDD.sectors() - (bytes >> 9)) & -256L,
                    bytes));
    assertThat(megabytesPerSecond(bytes, inner)).isCloseTo(31.0, within(2.0));
  }

  @Test
  void hdd_sameSectorAgain_waitsOneRevolution() throws Exception {
    HddGeometry geometry = new HddGeometry(HDD, HDD.sectors());
    for (long sector : new long[] {0, 1000, 500_000_000, HDD.sectors() - 10}) {
      long first = geometry.reach(12_345, sector, sector, false);
      long again = geometry.reach(first + geometry.pass(sector, 1), sector + 1, sector, false);
      assertThat(again - first).as("sector " + sector).isCloseTo(8_333_333L, within(2L));
      assertThat(geometry.reach(first + geometry.pass(sector, 1), sector + 1, sector + 1, false))
          .isCloseTo(first + geometry.pass(sector, 1), within(2L));
    }
  }

  @Test
  void hdd_geometry_coversTheDisk_andSeeksAverageAsSpecified() {
    HddGeometry geometry = new HddGeometry(HDD, HDD.sectors());
    SplittableRandom random = new SplittableRandom(1);
    double sum = 0;
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      sum += geometry.seek(random.nextLong(HDD.sectors()), random.nextLong(HDD.sectors()), false);
    }
    assertThat(sum / count / 1e6).isCloseTo(8.5, within(0.2));
    long passed = geometry.pass(0, 1_000_000);
    assertThat(geometry.passed(0, passed, 5_000_000)).isEqualTo(1_000_000);
    assertThat(geometry.passed(0, passed - 1, 5_000_000)).isEqualTo(999_999);
  }

  @Test
  void hdd_cachedWrites_areFast_andAFlushPaysForThem() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    RequestQueue queue = new RequestQueue(machine, "sim", hdd(machine), h -> new NoneScheduler());
    machine.run(() -> {
      BlockIo io = new BlockIo(machine, queue);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 50; i++) {
        io.write(random.nextLong(HDD.sectors() - 8), Buffers.sectors(8));
      }
      long written = machine.nanoTime();
      assertThat(written).isLessThan(50 * 1_000_000L);
      io.flush();
      assertThat(machine.nanoTime() - written).isGreaterThan(50 * 4_000_000L);
    });
  }

  /** Native command queueing: many at once are served in a better order than one by one. */
  @Test
  void hdd_manyRandomReadsAtOnce_areServedFaster() throws Exception {
    long one =
        time(
            SimDriverTest::hdd,
            (machine, device) -> random(machine, device, BioOperation.READ, 512, 1));
    long many =
        time(
            SimDriverTest::hdd,
            (machine, device) -> random(machine, device, BioOperation.READ, 512, 32));
    assertThat(many).isLessThan(one * 2 / 3);
  }

  // ------------------------------------------------------------------------------------------ SSD

  /** Firmware 21.5 µs, sensing 35.76 µs, channel 5.12 µs, link 1.22 µs: 63.6 µs. */
  @Test
  void nvme_oneReadAtATime_takesTheSumOfItsParts() throws Exception {
    long nanos =
        time(
            SimDriverTest::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 2000, 1));
    assertThat(nanos / 2000.0).isCloseTo(63_600, within(600.0));
  }

  @Test
  void nvme_readsAtOnce_runInParallelOnItsDies() throws Exception {
    long one =
        time(
            SimDriverTest::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 3200, 1));
    long many =
        time(
            SimDriverTest::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 3200, 64));
    assertThat((double) one / many).isBetween(12.0, 30.0);
  }

  @Test
  void nvme_sequentialReads_fillTheLink() throws Exception {
    long bytes = 256 << 20;
    long nanos =
        time(
            SimDriverTest::nvme,
            (machine, device) -> {
              List<Task> tasks = new ArrayList<>();
              for (int t = 0; t < 8; t++) {
                long at = t * (bytes >> 12);
                tasks.add(
                    machine.spawn(
                        "reader",
                        TaskKind.USER,
                        () -> {
                          try {
                            sequential(machine, device, BioOperation.READ, at, bytes / 8);
                          } catch (ErrnoException e) {
                            throw new AssertionError(e);
                          }
                        }));
              }
              tasks.forEach(Task::join);
            });
    assertThat(megabytesPerSecond(bytes, nanos)).isBetween(2800.0, 3360.0);
  }

  /** 16 dies of 32 KiB each 185 µs: 2834 MB/s at most. */
  @Test
  void nvme_sequentialWrites_areBoundByProgramming() throws Exception {
    long bytes = 256 << 20;
    long nanos =
        time(
            SimDriverTest::nvme,
            (machine, device) -> {
              sequential(machine, device, BioOperation.WRITE, 0, bytes);
              new BlockIo(machine, device).flush();
            });
    assertThat(megabytesPerSecond(bytes, nanos)).isBetween(1800.0, 2834.0);
  }

  /** The data sheet: 10,000 reads and 36,000 writes a second, one at a time; 100,000 reads, 32. */
  @Test
  void sata_smallRequests_reachTheDataSheetsRates() throws Exception {
    long reads =
        time(
            SimDriverTest::sata,
            (machine, device) -> random(machine, device, BioOperation.READ, 2000, 1));
    assertThat(2000 / (reads / 1e9)).isCloseTo(10_000, within(200.0));
    long writes =
        time(
            SimDriverTest::sata,
            (machine, device) -> random(machine, device, BioOperation.WRITE, 2000, 1));
    assertThat(2000 / (writes / 1e9)).isCloseTo(36_000, within(800.0));
    long many =
        time(
            SimDriverTest::sata,
            (machine, device) -> random(machine, device, BioOperation.READ, 32_000, 32));
    assertThat(32_000 / (many / 1e9)).isBetween(85_000.0, 101_000.0);
  }

  // ----------------------------------------------------------------------------------- everything

  @Test
  void runs_withOneSeed_areTheSame() throws Exception {
    for (java.util.function.Function<Machine, BlockDriver> disk :
        List.<java.util.function.Function<Machine, BlockDriver>>of(
            SimDriverTest::hdd, SimDriverTest::nvme, SimDriverTest::sata)) {
      Work work =
          (machine, device) -> {
            random(machine, device, BioOperation.WRITE, 200, 8);
            random(machine, device, BioOperation.READ, 200, 8);
          };
      assertThat(time(disk, work)).isEqualTo(time(disk, work));
    }
  }

  /**
   * A power cut at any event: what was flushed is there, the rest is old or new, sector by sector.
   */
  @Test
  void powerCut_keepsWhatWasFlushed() throws Exception {
    for (int kind = 0; kind < 3; kind++) {
      for (int run = 0; run < 40; run++) {
        long seed = run;
        String hint = "disk " + kind + ", seed " + seed;
        Media media = new Media(1 << 20);
        SimulatedMachine machine = new SimulatedMachine(seed);
        machine.cutPowerAtEvent(5 + seed * 7);
        int[] flushed = new int[64];
        int[] written = new int[64];
        BlockDriver driver =
            switch (kind) {
              case 0 -> SimDriver.hdd(machine, media, HDD);
              case 1 -> SimDriver.ssd(machine, media, NVME, seed);
              default -> SimDriver.ssd(machine, media, SATA, seed);
            };
        DirectQueue queue = new DirectQueue(machine, "sim", driver);
        machine.run(() -> {
          BlockIo io = new BlockIo(machine, queue);
          SplittableRandom random = new SplittableRandom(seed);
          for (int i = 1; ; i++) {
            int slot = random.nextInt(64);
            MemorySegment sector = Buffers.sectors(1);
            sector.set(ValueLayout.JAVA_INT, 0, i);
            written[slot] = i;
            io.write(slot * 1000L, sector);
            if (random.nextInt(4) == 0) {
              int[] sofar = written.clone();
              io.flush();
              System.arraycopy(sofar, 0, flushed, 0, 64);
            }
          }
        });
        assertThat(machine.powered()).as(hint).isFalse();
        for (int slot = 0; slot < 64; slot++) {
          MemorySegment sector = Buffers.sectors(1);
          media.read(slot * 1000L, sector);
          assertThat(sector.get(ValueLayout.JAVA_INT, 0))
              .as(hint + ", slot " + slot)
              .isBetween(flushed[slot], written[slot]);
        }
      }
    }
  }

  @Test
  void overlappingWrites_landInTheirOrder() throws Exception {
    for (int run = 0; run < 20; run++) {
      long seed = run;
      SimulatedMachine machine = new SimulatedMachine(seed);
      Media media = new Media(4096);
      BlockDriver driver =
          seed % 2 == 0
              ? SimDriver.hdd(machine, media, HDD)
              : SimDriver.ssd(machine, media, NVME, seed);
      DirectQueue queue = new DirectQueue(machine, "sim", driver);
      SplittableRandom random = new SplittableRandom(seed);
      int[] model = new int[512];
      machine.run(() -> {
        BlockIo io = new BlockIo(machine, queue);
        for (int i = 1; i < 400; i++) {
          int count = 1 + random.nextInt(100);
          int at = random.nextInt(512 - count);
          MemorySegment memory = Buffers.sectors(count);
          for (int s = 0; s < count; s++) {
            memory.set(ValueLayout.JAVA_INT, s * 512L, i);
            model[at + s] = i;
          }
          io.write(at, memory);
        }
        io.flush();
      });
      for (int s = 0; s < 512; s++) {
        MemorySegment sector = Buffers.sectors(1);
        media.read(s, sector);
        assertThat(sector.get(ValueLayout.JAVA_INT, 0))
            .as("seed " + seed + ", sector " + s)
            .isEqualTo(model[s]);
      }
    }
  }

  @Test
  void forceUnitAccess_onNvme_isOnTheMediaWhenItEnds() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    Media media = new Media(4096);
    DirectQueue queue = new DirectQueue(machine, "sim", SimDriver.ssd(machine, media, NVME, 1));
    machine.run(() -> {
      MemorySegment written = Buffers.pattern(8, 8, 1);
      new BlockIo(machine, queue).writeDurably(8, written);
      MemorySegment read = Buffers.sectors(8);
      media.read(8, read);
      assertThat(Buffers.same(read, written)).isTrue();
      assertThat(queue.counters().flushRequests()).isZero();
      Bio plain = new Bio(BioOperation.WRITE, 0, 100, bio -> {}).add(written);
      queue.submit(plain);
      machine.sleep(20_000);
      media.read(100, read);
      assertThat(Buffers.same(read, Buffers.sectors(8))).isTrue();
    });
  }
}
