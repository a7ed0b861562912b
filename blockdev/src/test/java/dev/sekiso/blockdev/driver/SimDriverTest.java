package dev.sekiso.blockdev.driver;

import static dev.sekiso.blockdev.driver.SimDisks.HDD;
import static dev.sekiso.blockdev.driver.SimDisks.NVME;
import static dev.sekiso.blockdev.driver.SimDisks.SATA;
import static dev.sekiso.blockdev.driver.SimDisks.random;
import static dev.sekiso.blockdev.driver.SimDisks.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * What modelled disks have in common: the contract of drivers, repeatable runs, and what a power
 * cut leaves.
 */
class SimDriverTest {

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

  @Test
  void runs_withOneSeed_areTheSame() throws Exception {
    for (java.util.function.Function<Machine, BlockDriver> disk :
        List.<java.util.function.Function<Machine, BlockDriver>>of(
            SimDisks::hdd, SimDisks::nvme, SimDisks::sata)) {
      SimDisks.Work work =
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

  /** A disk writes sector after sector, and stops where it is. */
  @Test
  void powerCut_whileAHardDiskWrites_tearsTheWriteAtASector() throws Exception {
    int torn = 0;
    int whole = 0;
    for (long micros = 0; micros < 20_000; micros += 200) {
      int written = sectorsWrittenWithin(micros * 1000);
      assertThat(written).isBetween(0, 256);
      torn += written > 0 && written < 256 ? 1 : 0;
      whole += written == 256 ? 1 : 0;
    }
    assertThat(torn).isPositive();
    assertThat(whole).isPositive();
  }

  /** Of 256 sectors that are overwritten, how many are new when the power is cut after a time. */
  private static int sectorsWrittenWithin(long nanos) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    Media media = new Media(4096);
    DirectQueue queue = new DirectQueue(machine, "sim", SimDriver.hdd(machine, media, HDD));
    MemorySegment old = Buffers.pattern(1000, 256, 1);
    MemorySegment young = Buffers.pattern(1000, 256, 2);
    machine.run(() -> {
      BlockIo io = new BlockIo(machine, queue);
      io.write(1000, old);
      io.flush();
      io.write(1000, young);
      machine.sleep(nanos);
      machine.cutPower();
    });
    MemorySegment found = Buffers.sectors(256);
    media.read(1000, found);
    int written = 0;
    while (written < 256 && sameSector(found, young, written)) {
      written++;
    }
    for (int sector = written; sector < 256; sector++) {
      assertThat(sameSector(found, old, sector)).as("sector " + sector).isTrue();
    }
    return written;
  }

  private static boolean sameSector(MemorySegment one, MemorySegment other, int sector) {
    return Buffers.same(one.asSlice(sector * 512L, 512), other.asSlice(sector * 512L, 512));
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
