package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A queue over a driver that holds everything until the test lets it go, and what became of the
 * bios.
 */
final class QueueBench {

  static final IoScheduler.Factory NONE = host -> new NoneScheduler();

  final SimulatedMachine machine;
  final HeldDriver driver;
  final RequestQueue queue;
  final List<Bio> ended = new ArrayList<>();

  QueueBench(QueueLimits limits, IoScheduler.Factory scheduler) {
    this(new SimulatedMachine(1), limits, scheduler);
  }

  QueueBench(SimulatedMachine machine, QueueLimits limits, IoScheduler.Factory scheduler) {
    this.machine = machine;
    driver = new HeldDriver(1 << 20, limits);
    queue = new RequestQueue(machine, "sda", driver, scheduler);
  }

  Bio submit(BioOperation operation, int flags, long sector, long sectors) {
    Bio bio = new Bio(operation, flags, sector, ended::add);
    queue.submit(bio.add(Buffers.sectors(sectors)));
    return bio;
  }

  Bio read(long sector, long sectors) {
    return submit(BioOperation.READ, 0, sector, sectors);
  }

  Bio write(long sector, long sectors) {
    return submit(BioOperation.WRITE, 0, sector, sectors);
  }

  Bio scattered(BioOperation operation, long sector, MemorySegment... pieces) {
    Bio bio = new Bio(operation, 0, sector, ended::add);
    for (MemorySegment piece : pieces) {
      bio.add(piece);
    }
    queue.submit(bio);
    return bio;
  }

  List<String> issued() {
    return driver.takeIssued();
  }

  interface Body {
    void run(QueueBench bench) throws Exception;
  }

  static void with(QueueLimits limits, IoScheduler.Factory scheduler, Body body) {
    run(new QueueBench(limits, scheduler), body);
  }

  static void run(QueueBench bench, Body body) {
    try {
      bench.machine.run(() -> {
        body.run(bench);
        bench.driver.releaseAll();
      });
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static List<Task> spawnReaders(Machine machine, RequestQueue queue, int count, int each) {
    List<Task> tasks = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      long base = t * 1000L;
      tasks.add(
          machine.spawn(
              "reader-" + t,
              TaskKind.USER,
              () -> {
                try {
                  BlockIo io = new BlockIo(machine, queue);
                  for (int i = 0; i < each; i++) {
                    io.read(base + i * 16, Buffers.sectors(8));
                  }
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    return tasks;
  }
}
