package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.driver.FileDriver;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The module used alone, on both machines. */
class RequestQueueSmokeTest {

  @TempDir Path directory;

  @Test
  void ram_inRealTime_readsWhatWasWritten() throws Exception {
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue =
            new RequestQueue(machine, "ram0", new RamDriver(1 << 16), h -> new NoneScheduler())) {
      roundTrip(new BlockIo(machine, queue));
    }
  }

  @Test
  void ram_inVirtualTime_readsWhatWasWritten() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    RequestQueue queue =
        new RequestQueue(machine, "ram0", new RamDriver(1 << 16), h -> new NoneScheduler());
    machine.run(() -> roundTrip(new BlockIo(machine, queue)));
  }

  @Test
  void file_inRealTime_readsWhatWasWritten() throws Exception {
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue =
            new RequestQueue(
                machine,
                "file0",
                FileDriver.create(
                    machine,
                    directory.resolve("disk"),
                    32L << 20,
                    FileDriver.Options.DEFAULT.withWorkers(4)),
                h -> new NoneScheduler())) {
      roundTrip(new BlockIo(machine, queue));
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        int tag = t;
        tasks.add(
            machine.spawn(
                "writer-" + t,
                TaskKind.USER,
                () -> {
                  try {
                    BlockIo io = new BlockIo(machine, queue);
                    for (int i = 0; i < 20; i++) {
                      long sector = (tag * 20L + i) * 8;
                      MemorySegment written = Buffers.pattern(sector, 8, tag);
                      io.write(sector, written);
                      MemorySegment read = Buffers.sectors(8);
                      io.read(sector, read);
                      assertThat(Buffers.same(read, written)).isTrue();
                    }
                  } catch (ErrnoException e) {
                    throw new AssertionError(e);
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(queue.counters().inFlight()).isZero();
    }
  }

  @Test
  void file_inVirtualTime_takesTheConfiguredTime() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    FileDriver driver =
        FileDriver.create(
            machine,
            directory.resolve("disk"),
            32L << 20,
            FileDriver.Options.DEFAULT.withVirtualNanos(1000));
    RequestQueue queue = new RequestQueue(machine, "file0", driver, h -> new NoneScheduler());
    machine.run(() -> {
      roundTrip(new BlockIo(machine, queue));
      long before = machine.nanoTime();
      new BlockIo(machine, queue).read(0, Buffers.sectors(8));
      assertThat(machine.nanoTime() - before).isEqualTo(1000);
    });
    queue.close();
  }

  private static void roundTrip(BlockIo io) throws ErrnoException {
    MemorySegment written = Buffers.pattern(100, 6000, 7);
    io.write(100, written);
    io.flush();
    MemorySegment read = Buffers.sectors(6000);
    io.read(100, read);
    assertThat(Buffers.same(read, written)).isTrue();
    io.writeZeroes(101, 5000);
    io.read(100, read);
    assertThat(read.asSlice(0, 512).mismatch(written.asSlice(0, 512))).isEqualTo(-1);
    assertThat(read.asSlice(512, 5000 * 512L).mismatch(Buffers.sectors(5000))).isEqualTo(-1);
    long rest = 5001 * 512L;
    assertThat(read.asSlice(rest).mismatch(written.asSlice(rest))).isEqualTo(-1);
    assertThatThrownBy(() -> io.read(io.device().sectors() - 1, Buffers.sectors(2)))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
  }

  /** A completion that submits the next bio, a million times over a driver that never waits. */
  @Test
  void completion_thatResubmits_doesNotRecurse() throws Exception {
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue =
            new RequestQueue(machine, "ram0", new RamDriver(64), h -> new NoneScheduler())) {
      MemorySegment memory = Buffers.sectors(1);
      AtomicInteger left = new AtomicInteger(1_000_000);
      AtomicInteger deepest = new AtomicInteger();
      Bio.Completion next =
          new Bio.Completion() {
            @Override
            public void completed(Bio bio) {
              int count = left.decrementAndGet();
              if (count % 100_000 == 0) {
                int depth = StackWalker.getInstance().walk(frames -> (int) frames.count());
                deepest.accumulateAndGet(depth, Math::max);
              }
              if (count > 0) {
                queue.submit(new Bio(BioOperation.READ, 0, 0, this).add(memory));
              }
            }
          };
      queue.submit(new Bio(BioOperation.READ, 0, 0, next).add(memory));
      assertThat(left).hasValue(0);
      assertThat(deepest.get()).isLessThan(200);
      assertThat(queue.counters().readRequests()).isEqualTo(1_000_000);
    }
  }
}
