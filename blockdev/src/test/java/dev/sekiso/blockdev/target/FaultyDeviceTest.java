package dev.sekiso.blockdev.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultyDeviceTest {

  private final SimulatedMachine machine = new SimulatedMachine(1);
  private final Media media = new Media(1000);
  private final FaultyDevice device =
      new FaultyDevice(machine, "faulty", new DirectQueue(machine, "ram", new RamDriver(media)), 7);

  private Errno status(BioOperation operation, long sector) {
    return submit(operation, sector, Buffers.sectors(8));
  }

  private Errno submit(BioOperation operation, long sector, MemorySegment memory) {
    Bio bio = new Bio(operation, 0, sector, done -> {}).add(memory);
    device.submit(bio);
    return bio.status();
  }

  @Test
  void error_strikesOperationAndRange_soOften() {
    machine.run(() -> {
      device.inject(
          Fault.error(Errno.ENOSPC).on(BioOperation.WRITE).within(100, 104).after(1).times(2));
      assertThat(status(BioOperation.READ, 100)).isNull();
      assertThat(status(BioOperation.WRITE, 92)).isNull();
      assertThat(status(BioOperation.WRITE, 104)).isNull();
      assertThat(status(BioOperation.WRITE, 96)).isNull();
      assertThat(status(BioOperation.WRITE, 96)).isEqualTo(Errno.ENOSPC);
      assertThat(status(BioOperation.WRITE, 103)).isEqualTo(Errno.ENOSPC);
      assertThat(status(BioOperation.WRITE, 103)).isNull();
      assertThat(device.strikes()).isEqualTo(2);
    });
  }

  @Test
  void errorAfter_writesAndFails_dropSucceedsAndDoesNot() {
    machine.run(() -> {
      MemorySegment first = Buffers.pattern(0, 8, 1);
      MemorySegment second = Buffers.pattern(0, 8, 2);
      MemorySegment read = Buffers.sectors(8);
      device.inject(Fault.errorAfter(Errno.EIO).on(BioOperation.WRITE).times(1));
      assertThat(submit(BioOperation.WRITE, 0, first)).isEqualTo(Errno.EIO);
      media.read(0, read);
      assertThat(Buffers.same(read, first)).isTrue();
      device.inject(Fault.dropWrites().times(1));
      assertThat(submit(BioOperation.WRITE, 0, second)).isNull();
      assertThat(submit(BioOperation.READ, 0, read)).isNull();
      assertThat(Buffers.same(read, first)).isTrue();
      assertThat(submit(BioOperation.WRITE, 0, second)).isNull();
      media.read(0, read);
      assertThat(Buffers.same(read, second)).isTrue();
    });
  }

  @Test
  void flaky_isDownInItsIntervals() {
    machine.run(() -> {
      device.inject(Fault.error(Errno.EIO).flaky(100, 50));
      List<Boolean> failed = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        failed.add(status(BioOperation.READ, 0) != null);
        machine.sleep(50);
      }
      assertThat(failed).containsExactly(false, false, true, false, false, true);
    });
  }

  @Test
  void chance_strikesAboutSoOften_asTheSeedSays() {
    machine.run(() -> {
      device.inject(Fault.error(Errno.EIO).withChance(0.25));
      for (int i = 0; i < 1000; i++) {
        status(BioOperation.READ, 0);
      }
      assertThat(device.strikes()).isBetween(200L, 300L);
      device.clearFaults();
      assertThat(status(BioOperation.READ, 0)).isNull();
    });
  }

  @Test
  void flush_isStruckOnlyByFaultsWithoutARange() {
    machine.run(() -> {
      Bio flush = new Bio(BioOperation.FLUSH, 0, 0, done -> {});
      device.inject(Fault.error(Errno.EIO).within(0, 10));
      device.submit(flush);
      assertThat(flush.status()).isNull();
      device.inject(Fault.error(Errno.EIO).on(BioOperation.FLUSH));
      Bio again = new Bio(BioOperation.FLUSH, 0, 0, done -> {});
      device.submit(again);
      assertThat(again.failure()).hasMessageContaining("faulty").hasMessageContaining("FLUSH");
    });
  }

  @Test
  void fault_thatIsNone_isRefused() {
    assertThatThrownBy(() -> Fault.error(Errno.EIO).within(5, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.error(Errno.EIO).withChance(1.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.error(Errno.EIO).flaky(1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fault.error(null)).isInstanceOf(NullPointerException.class);
  }
}
