package dev.sekiso.machine;

import java.util.ArrayList;
import java.util.List;

/** A program with everything in it: locks, queues, timers, chance, spawning, dying. */
final class BusyProgram {

  private static final Tracepoint STEP = Tracepoint.of("test", "step", "what", "value");

  private BusyProgram() {}

  static void run(SimulatedMachine machine) {
    SleepingLock lock = machine.newLock("lock");
    SleepingReadWriteLock readWriteLock = machine.newReadWriteLock("rw");
    WaitQueue queue = machine.newWaitQueue("tokens");
    int[] tokens = new int[1];
    machine.spawn(
        "ticker",
        TaskKind.DAEMON,
        () -> {
          while (true) {
            machine.sleep(700);
            machine.tracer().emit(STEP, "tick", tokens[0]);
          }
        });
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      tasks.add(
          machine.spawn(
              "task " + i,
              TaskKind.USER,
              () -> {
                for (int n = 0; n < 6; n++) {
                  lock.lock();
                  machine.spendProcessorTime(machine.random().nextInt(100) + 1);
                  machine.tracer().emit(STEP, "locked", number);
                  lock.unlock();
                  machine.schedule(
                      "token",
                      100,
                      () -> {
                        tokens[0]++;
                        queue.wakeOne();
                      });
                  queue.await("a token", () -> tokens[0] > 0 && tokens[0]-- > 0);
                  if (n % 3 == 0) {
                    readWriteLock.writeLock().lock();
                    machine.sleep(50);
                    readWriteLock.downgrade();
                    machine.yieldProcessor();
                  } else {
                    readWriteLock.readLock().lock();
                    machine.sleep(10);
                  }
                  readWriteLock.readLock().unlock();
                  queue.await("never", () -> false, 30);
                }
                machine.spawn("child of " + number, TaskKind.USER, machine::yieldProcessor).join();
              }));
    }
    tasks.forEach(Task::join);
  }

  static String traceOf(long seed, int processors) {
    RecordingTracer tracer = RecordingTracer.unbounded();
    SimulatedMachine.Builder builder = SimulatedMachine.builder(seed).tracer(tracer);
    if (processors > 0) {
      builder.processors(processors);
    }
    SimulatedMachine machine = builder.build();
    machine.run(() -> run(machine));
    return tracer.text() + machine.eventCount();
  }
}
