package dev.sekiso.blockdev.driver;

import static dev.sekiso.blockdev.driver.SimDisks.HDD;
import static dev.sekiso.blockdev.driver.SimDisks.hdd;
import static dev.sekiso.blockdev.driver.SimDisks.megabytesPerSecond;
import static dev.sekiso.blockdev.driver.SimDisks.random;
import static dev.sekiso.blockdev.driver.SimDisks.sequential;
import static dev.sekiso.blockdev.driver.SimDisks.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.SimulatedMachine;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The modelled hard disk is as fast as its data sheet says. */
class HddModelTest {

  /** §4.4.5.2 of the specification: 4096 random reads take 55.5 s, 105 % of the calculated time. */
  @Test
  void hdd_randomReads_takeWhatTheSpecificationCalculates() throws Exception {
    long nanos =
        time(
            SimDisks::hdd,
            (machine, device) -> random(machine, device, BioOperation.READ, 4096, 1));
    assertThat(nanos / 1e9).isCloseTo(55.5 / 1.05, within(55.5 * 0.03));
  }

  /** Table 10: 64.8 MB/s in the outermost zone, 31.0 MB/s in the innermost. */
  @Test
  void hdd_sequentialReads_reachTheSustainedRates() throws Exception {
    long bytes = 64 << 20;
    long outer =
        time(
            SimDisks::hdd,
            (machine, device) -> sequential(machine, device, BioOperation.READ, 0, bytes));
    assertThat(megabytesPerSecond(bytes, outer)).isCloseTo(64.8, within(2.0));
    long inner =
        time(
            SimDisks::hdd,
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
            SimDisks::hdd, (machine, device) -> random(machine, device, BioOperation.READ, 512, 1));
    long many =
        time(
            SimDisks::hdd,
            (machine, device) -> random(machine, device, BioOperation.READ, 512, 32));
    assertThat(many).isLessThan(one * 2 / 3);
  }
}
