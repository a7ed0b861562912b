package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link SleepingLock} and {@link SleepingReadWriteLock} promises. */
abstract class LockContract extends MachineContractPart {

  @Test
  void lock_manyTasks_excludesThem() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("lock");
      int[] plain = new int[1];
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(
            spawn(
                "task " + i,
                () -> {
                  for (int n = 0; n < 200; n++) {
                    lock.lock();
                    try {
                      int seen = plain[0];
                      if (n % 10 == 0) {
                        machine().yieldProcessor();
                      }
                      plain[0] = seen + 1;
                    } finally {
                      lock.unlock();
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      lock.lock();
      assertThat(plain[0]).isEqualTo(1600);
      lock.unlock();
    });
  }

  @Test
  void lock_severalWait_servesInOrderOfArrival() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("lock");
      List<Integer> order = Collections.synchronizedList(new ArrayList<>());
      List<Task> tasks = new ArrayList<>();
      lock.lock();
      for (int i = 0; i < 6; i++) {
        int number = i;
        tasks.add(
            spawnWaiting(
                "task " + i,
                () -> {
                  lock.lock();
                  order.add(number);
                  machine().yieldProcessor();
                  lock.unlock();
                }));
      }
      assertThat(lock.tryLock()).isFalse();
      lock.unlock();
      tasks.forEach(Task::join);
      assertThat(order).containsExactly(0, 1, 2, 3, 4, 5);
    });
  }

  @Test
  void lock_misused_throws() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("inode 12");
      assertThat(lock.name()).isEqualTo("inode 12");
      assertThatExceptionOfType(IllegalMonitorStateException.class)
          .isThrownBy(lock::unlock)
          .withMessageContaining("inode 12");
      lock.lock();
      assertThat(lock.isHeldByCurrentTask()).isTrue();
      assertThat(lock.tryLock()).isFalse();
      assertThatIllegalStateException().isThrownBy(lock::lock).withMessageContaining("inode 12");
      spawn(
              "other",
              () -> {
                assertThat(lock.isHeldByCurrentTask()).isFalse();
                assertThat(lock.tryLock()).isFalse();
                assertThatExceptionOfType(IllegalMonitorStateException.class)
                    .isThrownBy(lock::unlock);
              })
          .join();
      lock.unlock();
      assertThat(lock.isHeldByCurrentTask()).isFalse();
      assertThat(lock.tryLock()).isTrue();
      lock.unlock();
    });
  }

  @Test
  void readWriteLock_readersShare_writersExclude() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      AtomicInteger readers = new AtomicInteger();
      AtomicInteger mostReaders = new AtomicInteger();
      AtomicInteger writers = new AtomicInteger();
      AtomicInteger trouble = new AtomicInteger();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean writes = i % 4 == 0;
        tasks.add(
            spawn(
                "task " + i,
                () -> {
                  for (int n = 0; n < 100; n++) {
                    if (writes) {
                      lock.writeLock().lock();
                      if (writers.incrementAndGet() != 1 || readers.get() != 0) {
                        trouble.incrementAndGet();
                      }
                      machine().yieldProcessor();
                      writers.decrementAndGet();
                      lock.writeLock().unlock();
                    } else {
                      lock.readLock().lock();
                      mostReaders.accumulateAndGet(readers.incrementAndGet(), Math::max);
                      if (writers.get() != 0) {
                        trouble.incrementAndGet();
                      }
                      machine().sleep(10_000);
                      readers.decrementAndGet();
                      lock.readLock().unlock();
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(trouble).hasValue(0);
      assertThat(mostReaders.get()).isGreaterThan(1);
    });
  }

  @Test
  void readWriteLock_writerWaits_holdsBackLaterReaders() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      lock.readLock().lock();
      Task writer =
          spawnWaiting(
              "writer",
              () -> {
                lock.writeLock().lock();
                order.add("writer");
                machine().yieldProcessor();
                lock.writeLock().unlock();
              });
      Task reader =
          spawnWaiting(
              "reader",
              () -> {
                lock.readLock().lock();
                order.add("reader");
                lock.readLock().unlock();
              });
      spawn("hasty", () -> assertThat(lock.readLock().tryLock()).isFalse()).join();
      assertThat(order).isEmpty();
      lock.readLock().unlock();
      writer.join();
      reader.join();
      assertThat(order).containsExactly("writer", "reader");
    });
  }

  @Test
  void downgrade_readersAndWritersWait_admitsTheReadersAhead() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      lock.writeLock().lock();
      Runnable read =
          () -> {
            lock.readLock().lock();
            lock.readLock().unlock();
          };
      Task first = spawnWaiting("reader 1", read);
      Task second = spawnWaiting("reader 2", read);
      Task writer =
          spawnWaiting(
              "writer",
              () -> {
                lock.writeLock().lock();
                lock.writeLock().unlock();
              });
      lock.downgrade();
      first.join();
      second.join();
      assertThat(writer.isAlive()).isTrue();
      assertThat(lock.readLock().isHeldByCurrentTask()).isTrue();
      assertThat(lock.writeLock().isHeldByCurrentTask()).isFalse();
      lock.readLock().unlock();
      writer.join();
    });
  }

  @Test
  void readWriteLock_misused_throws() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("mapping 3");
      for (MachineContract.Program misuse :
          List.<MachineContract.Program>of(
              lock.readLock()::unlock, lock.writeLock()::unlock, lock::downgrade)) {
        assertThatThrownBy(misuse::run)
            .isInstanceOf(IllegalMonitorStateException.class)
            .hasMessageContaining("mapping 3");
      }
      lock.readLock().lock();
      assertThatIllegalStateException().isThrownBy(lock.readLock()::lock);
      assertThatIllegalStateException().isThrownBy(lock.writeLock()::lock);
      assertThatThrownBy(lock.writeLock()::unlock).isInstanceOf(IllegalMonitorStateException.class);
      lock.readLock().unlock();
      assertThat(lock.writeLock().tryLock()).isTrue();
      assertThat(lock.writeLock().isHeldByCurrentTask()).isTrue();
      assertThatIllegalStateException().isThrownBy(lock.readLock()::lock);
      lock.writeLock().unlock();
    });
  }
}
