package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Modelled disks, and work to measure them by. */
final class SimDisks {

  static final HddModel HDD = HddModel.DESKSTAR_7K500;
  static final SsdModel NVME = SsdModel.NVME_970_PRO;
  static final SsdModel SATA = SsdModel.SATA_850_PRO;

  private SimDisks() {}

  interface Work {
    void run(SimulatedMachine machine, BlockDevice device) throws ErrnoException;
  }

  /** Virtual nanoseconds the work takes. */
  static long time(Function<Machine, BlockDriver> disk, Work work) throws ErrnoException {
    SimulatedMachine machine = new SimulatedMachine(1);
    RequestQueue queue =
        new RequestQueue(machine, "sim", disk.apply(machine), host -> new NoneScheduler());
    machine.run(() -> work.run(machine, queue));
    return machine.nanoTime();
  }

  static BlockDriver hdd(Machine machine) {
    return SimDriver.hdd(machine, new Media(HDD.sectors()), HDD);
  }

  static BlockDriver nvme(Machine machine) {
    return SimDriver.ssd(machine, new Media(1L << 31), NVME, 1);
  }

  static BlockDriver sata(Machine machine) {
    return SimDriver.ssd(machine, new Media(1L << 31), SATA, 1);
  }

  static void sequential(
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

  static void random(
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

  static double megabytesPerSecond(long bytes, long nanos) {
    return bytes / 1e6 / (nanos / 1e9);
  }
}
