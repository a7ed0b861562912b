package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.run;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As many requests as there are tags, and who waits for one. */
class TagTest {

  @ParameterizedTest
  @ValueSource(strings = {"none", "mq-deadline"})
  void tags_exhausted_tasksWaitTheirTurn(String scheduler) {
    IoScheduler.Factory factory = scheduler.equals("none") ? NONE : MqDeadlineScheduler::new;
    for (long seed = 0; seed < 20; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      QueueBench bench = new QueueBench(machine, QueueLimits.DEFAULT.withQueueDepth(4), factory);
      run(
          bench,
          b -> {
            List<Task> tasks = QueueBench.spawnReaders(machine, b.queue, 40, 5);
            while (tasks.stream().anyMatch(Task::isAlive)) {
              machine.sleep(100);
              while (b.driver.held() > 0) {
                b.driver.release(b.driver.held() - 1);
              }
            }
            tasks.forEach(Task::join);
            assertThat(b.driver.most()).isEqualTo(4);
            assertThat(b.queue.counters().readRequests()).isEqualTo(200);
            assertThat(b.queue.counters().inFlight()).isZero();
          });
    }
  }

  @Test
  void tags_exhaustedInRealTime_tasksWaitTheirTurn() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(4));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, NONE);
      List<Task> tasks = QueueBench.spawnReaders(machine, queue, 40, 20);
      while (tasks.stream().anyMatch(Task::isAlive)) {
        if (driver.held() > 0) {
          driver.release();
        } else {
          Thread.onSpinWait();
        }
      }
      tasks.forEach(Task::join);
      assertThat(driver.most()).isLessThanOrEqualTo(4);
      assertThat(queue.counters().readRequests()).isEqualTo(800);
      queue.close();
    }
  }

  @Test
  void tags_exhausted_noWaitFailsAndInterruptContextIsQueued() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        NONE,
        bench -> {
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          assertThat(bench.submit(BioOperation.READ, Bio.NO_WAIT, 500, 8).status())
              .isEqualTo(Errno.EAGAIN);
          bench.machine.schedule("interrupt", 5, () -> bench.read(1000, 8));
          bench.machine.schedule("interrupt", 6, () -> bench.read(2000, 8));
          bench.machine.sleep(10);
          assertThat(bench.driver.held()).isEqualTo(4);
          bench.issued();
          bench.driver.release();
          bench.driver.release();
          assertThat(bench.issued()).containsExactly("R 1000+8", "R 2000+8");
        });
  }

  @Test
  void nrRequests_changedLive_limitsAndAdmits() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(16),
        MqDeadlineScheduler::new,
        bench -> {
          assertThat(bench.queue.settings().get("nr_requests").get()).isEqualTo(32);
          bench.queue.settings().get("nr_requests").set(4);
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          assertThat(bench.submit(BioOperation.READ, Bio.NO_WAIT, 500, 8).status())
              .isEqualTo(Errno.EAGAIN);
          Task waiter = bench.machine.spawn("waiter", TaskKind.USER, () -> bench.read(1000, 8));
          bench.machine.sleep(1);
          assertThat(waiter.isAlive()).isTrue();
          bench.queue.settings().get("nr_requests").set(5);
          waiter.join();
          assertThatThrownBy(() -> bench.queue.settings().get("nr_requests").set(1))
              .isInstanceOfSatisfying(
                  ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        });
  }

  @Test
  void asyncDepth_keepsTagsForReads() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("iosched/async_depth").set(2);
          bench.write(0, 8);
          bench.write(100, 8);
          assertThat(bench.submit(BioOperation.WRITE, Bio.NO_WAIT, 200, 8).status())
              .isEqualTo(Errno.EAGAIN);
          Task writer = bench.machine.spawn("writer", TaskKind.USER, () -> bench.write(300, 8));
          bench.machine.sleep(1);
          Bio read = bench.submit(BioOperation.READ, Bio.NO_WAIT, 400, 8);
          assertThat(bench.driver.held()).isEqualTo(3);
          bench.driver.releaseAll();
          writer.join();
          bench.driver.releaseAll();
          assertThat(read.failure()).isNull();
        });
  }

  /** Two writers wait for one of the few tags that {@code async_depth} leaves them. */
  private static List<Task> writersInLine(QueueBench bench) throws ErrnoException {
    bench.queue.settings().get("iosched/async_depth").set(1);
    bench.write(0, 8);
    List<Task> writers = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      long sector = i * 100L;
      writers.add(bench.machine.spawn("writer", TaskKind.USER, () -> bench.write(sector, 8)));
    }
    bench.machine.sleep(1);
    assertThat(writers).allMatch(Task::isAlive);
    return writers;
  }

  @Test
  void asyncDepth_raised_letsThoseInLineIn() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        MqDeadlineScheduler::new,
        bench -> {
          List<Task> writers = writersInLine(bench);
          bench.queue.settings().get("iosched/async_depth").set(4);
          writers.forEach(Task::join);
          assertThat(bench.driver.held()).isEqualTo(3);
        });
  }

  @Test
  void schedulerChanged_thoseInLine_areEntitledToWhatTheNewOneAllows() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        MqDeadlineScheduler::new,
        bench -> {
          List<Task> writers = writersInLine(bench);
          bench.machine.schedule("device", 10, bench.driver::release);
          bench.queue.setScheduler(NONE);
          writers.forEach(Task::join);
          assertThat(bench.driver.held()).isEqualTo(2);
        });
  }
}
