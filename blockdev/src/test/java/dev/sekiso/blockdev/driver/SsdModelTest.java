package dev.sekiso.blockdev.driver;

import static dev.sekiso.blockdev.driver.SimDisks.megabytesPerSecond;
import static dev.sekiso.blockdev.driver.SimDisks.random;
import static dev.sekiso.blockdev.driver.SimDisks.sequential;
import static dev.sekiso.blockdev.driver.SimDisks.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The modelled solid-state disks are as fast as their sources say. */
class SsdModelTest {

  /** Firmware 21.5 µs, sensing 35.76 µs, channel 5.12 µs, link 1.22 µs: 63.6 µs. */
  @Test
  void nvme_oneReadAtATime_takesTheSumOfItsParts() throws Exception {
    long nanos =
        time(
            SimDisks::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 2000, 1));
    assertThat(nanos / 2000.0).isCloseTo(63_600, within(600.0));
  }

  @Test
  void nvme_readsAtOnce_runInParallelOnItsDies() throws Exception {
    long one =
        time(
            SimDisks::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 3200, 1));
    long many =
        time(
            SimDisks::nvme,
            (machine, device) -> random(machine, device, BioOperation.READ, 3200, 64));
    assertThat((double) one / many).isBetween(12.0, 30.0);
  }

  @Test
  void nvme_sequentialReads_fillTheLink() throws Exception {
    long bytes = 256 << 20;
    long nanos =
        time(
            SimDisks::nvme,
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
            SimDisks::nvme,
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
            SimDisks::sata,
            (machine, device) -> random(machine, device, BioOperation.READ, 2000, 1));
    assertThat(2000 / (reads / 1e9)).isCloseTo(10_000, within(200.0));
    long writes =
        time(
            SimDisks::sata,
            (machine, device) -> random(machine, device, BioOperation.WRITE, 2000, 1));
    assertThat(2000 / (writes / 1e9)).isCloseTo(36_000, within(800.0));
    long many =
        time(
            SimDisks::sata,
            (machine, device) -> random(machine, device, BioOperation.READ, 32_000, 32));
    assertThat(32_000 / (many / 1e9)).isBetween(85_000.0, 101_000.0);
  }
}
