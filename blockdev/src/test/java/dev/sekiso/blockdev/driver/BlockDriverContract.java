package dev.sekiso.blockdev.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What every {@link BlockDriver} owes its queue: each request ends once, and data is what it was.
 */
public abstract class BlockDriverContract {

  /** Sectors of the device the driver is asked for. */
  protected static final long SECTORS = 16_384;

  /** A new device, all zeroes. */
  protected abstract BlockDriver open(Machine machine) throws Exception;

  @Test
  void randomOperations_agreeWithAModel_inVirtualTime() throws Exception {
    for (long seed = 0; seed < 10; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      BlockDriver driver = open(machine);
      assertThat(driver.sectors()).isEqualTo(SECTORS);
      BlockDevice device =
          seed % 2 == 0
              ? new RequestQueue(machine, "dev", driver, MqDeadlineScheduler::new)
              : new DirectQueue(machine, "dev", driver);
      long finalSeed = seed;
      machine.run(() -> operate(machine, device, new SplittableRandom(finalSeed)));
    }
  }

  private static void operate(Machine machine, BlockDevice device, SplittableRandom random)
      throws ErrnoException {
    BlockIo io = new BlockIo(machine, device);
    int[] model = new int[(int) SECTORS];
    boolean discards = device.limits().discard();
    for (int i = 0; i < 150; i++) {
      int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 3000 : 16);
      int sector = random.nextInt((int) SECTORS - count + 1);
      String hint = "operation " + i;
      switch (random.nextInt(discards ? 6 : 5)) {
        case 0, 1 -> {
          io.write(sector, tagged(count, i + 1));
          java.util.Arrays.fill(model, sector, sector + count, i + 1);
        }
        case 2 -> io.flush();
        case 3 -> {
          io.writeZeroes(sector, count);
          java.util.Arrays.fill(model, sector, sector + count, 0);
        }
        case 4 -> {
          MemorySegment read = Buffers.sectors(count);
          io.read(sector, read);
          for (int s = 0; s < count; s++) {
            assertThat(tagOf(read, s)).as(hint).isEqualTo(model[sector + s]);
          }
        }
        default -> {
          io.discard(sector, count);
          java.util.Arrays.fill(model, sector, sector + count, 0);
        }
      }
    }
    assertThat(device.counters().inFlight()).isZero();
    device.close();
  }

  private static MemorySegment tagged(int sectors, int tag) {
    MemorySegment memory = Buffers.sectors(sectors);
    for (int s = 0; s < sectors; s++) {
      memory.set(ValueLayout.JAVA_INT, s * 512L, tag);
      memory.set(ValueLayout.JAVA_INT, s * 512L + 508, tag);
    }
    return memory;
  }

  private static int tagOf(MemorySegment memory, int sector) {
    int first = memory.get(ValueLayout.JAVA_INT, sector * 512L);
    int last = memory.get(ValueLayout.JAVA_INT, sector * 512L + 508);
    assertThat(last).isEqualTo(first);
    return first;
  }

  @Test
  void concurrentTasks_inRealTime_eachReadWhatTheyWrote() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      BlockDevice device =
          new RequestQueue(machine, "dev", open(machine), MqDeadlineScheduler::new);
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        int tag = t + 1;
        tasks.add(
            machine.spawn("writer-" + t, TaskKind.USER, () -> writeAndRead(machine, device, tag)));
      }
      tasks.forEach(Task::join);
      assertThat(device.counters().inFlight()).isZero();
      device.close();
    }
  }

  private static void writeAndRead(Machine machine, BlockDevice device, int tag) {
    try {
      BlockIo io = new BlockIo(machine, device);
      long base = tag * 1000L;
      AtomicInteger failures = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      WaitQueue anyEnded = machine.newWaitQueue("writes of " + tag);
      try (Plug _ = device.plug()) {
        for (int i = 0; i < 10; i++) {
          Bio bio =
              new Bio(
                  BioOperation.WRITE,
                  0,
                  base + i * 8,
                  done -> {
                    failures.addAndGet(done.failure() == null ? 0 : 1);
                    ended.incrementAndGet();
                    anyEnded.wakeAll();
                  });
          for (MemorySegment piece : Buffers.scattered(2, 4)) {
            for (int s = 0; s < 4; s++) {
              piece.set(ValueLayout.JAVA_INT, s * 512L, tag);
              piece.set(ValueLayout.JAVA_INT, s * 512L + 508, tag);
            }
            bio.add(piece);
          }
          device.submit(bio);
        }
      }
      // A flush waits for no write, nor does a read.
      anyEnded.await("all ten", () -> ended.get() == 10);
      assertThat(failures).hasValue(0);
      io.write(base + 80, tagged(8, tag));
      io.flush();
      MemorySegment read = Buffers.sectors(88);
      io.read(base, read);
      for (int s = 0; s < 88; s++) {
        assertThat(tagOf(read, s)).isEqualTo(tag);
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }
}
