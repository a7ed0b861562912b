package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InodeCacheTest {

  /** Remembers dirty inodes and what was evicted. */
  private static final class Backing implements SuperBlockOperations {
    final Set<Long> dirty = ConcurrentHashMap.newKeySet();
    final List<Long> evicted = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger loads = new AtomicInteger();
    final Set<Long> inMemory = ConcurrentHashMap.newKeySet();
    final SuperBlock superBlock;
    private final Machine machine;

    Backing(Machine machine, int unused) {
      this.machine = machine;
      InodeWriteback none = InodeWriteback.NONE;
      InodeWriteback writeback =
          new InodeWriteback() {
            @Override
            public BackingDevice attach(String deviceName) {
              return BackingDevice.NONE;
            }

            @Override
            public void detach(BackingDevice device) {}

            @Override
            public void inodeDirtied(Inode inode, int flags) {
              dirty.add(inode.number());
            }

            @Override
            public boolean isDirty(Inode inode) {
              return dirty.contains(inode.number());
            }

            @Override
            public void inodeEvicted(Inode inode) {
              evicted.add(-inode.number());
            }

            @Override
            public void wakeFlushers() {}

            @Override
            public void startSync(SuperBlock s) {}

            @Override
            public void syncInodes(SuperBlock s) {
              dirty.clear();
            }

            @Override
            public void writeInode(Inode inode) throws ErrnoException {
              none.writeInode(inode);
            }

            @Override
            public void syncMetadata(Inode inode, FileOperations.SyncScope scope) {}

            @Override
            public void syncCompleted() {}
          };
      VfsServices services =
          new VfsServices(machine, writeback, VfsSettings.DEFAULT.withUnusedInodes(unused));
      superBlock =
          new SuperBlock(
              new MemoryFileSystem(new MemoryStore()),
              "sb",
              new MountRequest("sb", Set.of(), "", services),
              this,
              BackingDevice.NONE,
              4096,
              1 << 30);
    }

    Inode load(long number) throws ErrnoException {
      loads.incrementAndGet();
      machine.sleep(1000);
      if (number < 0) {
        throw new ErrnoException(Errno.EIO, "inode " + number + " is on a bad block");
      }
      if (!inMemory.add(number)) {
        throw new IllegalStateException("two objects for inode " + number);
      }
      return make(number, 1);
    }

    Inode make(long number, int links) {
      Inode inode = new TestInode(superBlock, number);
      inode.setLinks(links);
      return inode;
    }

    Inode get(long number) throws ErrnoException {
      return superBlock.inode(number, this::load);
    }

    @Override
    public void writeInode(Inode inode, SyncMode mode) {}

    @Override
    public void evictInode(Inode inode) {
      machine.sleep(1000);
      evicted.add(inode.number());
      inMemory.remove(inode.number());
    }

    @Override
    public void sync(SyncMode mode) {}

    @Override
    public FileSystemStatus status() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void remount(MountRequest request) {}

    @Override
    public void release() {}
  }

  private static final class TestInode extends Inode {
    TestInode(SuperBlock superBlock, long number) {
      super(superBlock, number, null);
    }
  }

  /** A program with a backing. */
  @FunctionalInterface
  private interface Program {
    void run(Backing backing) throws Exception;
  }

  private static void run(long seed, int unused, Program program) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(seed);
    SimulatedMachine.Program<Exception> body = () -> program.run(new Backing(machine, unused));
    machine.run(body);
  }

  private static void run(Program program) throws Exception {
    run(1, 10, program);
  }

  @Test
  void inode_askedForAgain_isTheSameObject() throws Exception {
    run(b -> {
      Inode one = b.get(7);
      Inode other = b.get(7);
      assertThat(other).isSameAs(one);
      assertThat(one.references()).isEqualTo(2);
      assertThat(b.loads).hasValue(1);
      one.put();
      other.put();
      assertThat(b.get(7)).isSameAs(one);
      assertThat(b.loads).hasValue(1);
      one.put();
    });
  }

  @Test
  void inode_askedForByMany_isLoadedOnce() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      run(
          seed,
          10,
          b -> {
            Set<Inode> got = ConcurrentHashMap.newKeySet();
            inParallel(b.machine, 5, i -> got.add(b.get(3)));
            assertThat(got).hasSize(1);
            assertThat(got.iterator().next().references()).isEqualTo(5);
            assertThat(b.loads).hasValue(1);
          });
    }
  }

  @Test
  void load_fails_reachesEveryWaiterAndLeavesNothing() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      run(
          seed,
          10,
          b -> {
            List<Errno> failures = Collections.synchronizedList(new ArrayList<>());
            inParallel(
                b.machine,
                5,
                i -> {
                  try {
                    b.get(-3);
                  } catch (ErrnoException e) {
                    failures.add(e.errno());
                  }
                });
            assertThat(failures).hasSize(5).containsOnly(Errno.EIO);
            assertThat(b.superBlock.inodeCount()).isZero();
          });
    }
  }

  @Test
  void load_bringsTheWrongInode_isAProgrammingError() throws Exception {
    run(b -> {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> b.superBlock.inode(5, n -> b.make(6, 1)));
      assertThatIllegalArgumentException().isThrownBy(() -> b.superBlock.inode(5, n -> null));
      assertThat(b.superBlock.inodeCount()).isZero();
      b.get(5).put();
    });
  }

  @Test
  void put_lastWithoutLinks_evictsAtOnce() throws Exception {
    run(b -> {
      Inode inode = b.get(4).get();
      inode.setLinks(0);
      inode.put();
      assertThat(b.evicted).isEmpty();
      inode.put();
      assertThat(b.evicted).containsExactly(-4L, 4L);
      assertThat(inode.tryGet()).isFalse();
      assertThatIllegalStateException().isThrownBy(inode::get);
      assertThat(b.superBlock.inodeCount()).isZero();
    });
  }

  @Test
  void put_oftenerThanTaken_isAProgrammingError() throws Exception {
    run(b -> {
      Inode inode = b.get(4);
      inode.put();
      assertThatIllegalStateException().isThrownBy(inode::put);
    });
  }

  @Test
  void unused_overTheBound_oldestCleanGoes() throws Exception {
    run(
        1,
        3,
        b -> {
          for (long number = 1; number <= 6; number++) {
            b.get(number).put();
          }
          assertThat(b.superBlock.unusedInodeCount()).isEqualTo(3);
          assertThat(b.evicted).containsExactly(-1L, 1L, -2L, 2L, -3L, 3L);
        });
  }

  @Test
  void unused_dirty_staysUntilWritten() throws Exception {
    run(
        1,
        2,
        b -> {
          for (long number = 1; number <= 6; number++) {
            Inode inode = b.get(number);
            inode.markDirty(Inode.DIRTY_SYNC);
            inode.put();
          }
          assertThat(b.evicted).isEmpty();
          assertThat(b.superBlock.unusedInodeCount()).isEqualTo(6);
          b.dirty.clear();
          for (long number = 7; number <= 12; number++) {
            b.get(number).put();
          }
          assertThat(b.superBlock.unusedInodeCount()).isEqualTo(2);
        });
  }

  @Test
  void addNew_numberInUse_saysTheFileSystemIsCorrupt() throws Exception {
    run(b -> {
      Inode old = b.get(9);
      Inode fresh = b.make(9, 0);
      assertThatThrownBy(() -> b.superBlock.addNew(fresh))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EUCLEAN));
      fresh.put();
      assertThat(b.evicted).containsExactly(-9L, 9L);
      assertThat(b.get(9)).isSameAs(old);
    });
  }

  @Test
  void addNew_whileFormerInodeLeaves_waits() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      run(
          seed,
          10,
          b -> {
            Inode old = b.get(9);
            old.setLinks(0);
            inParallel(
                b.machine,
                2,
                i -> {
                  if (i == 0) {
                    old.put();
                  } else {
                    while (!old.isFreeing()) {
                      b.machine.sleep(100);
                    }
                    Inode fresh = b.make(9, 1);
                    b.superBlock.addNew(fresh);
                    assertThat(b.evicted).containsExactly(-9L, 9L);
                    assertThat(b.get(9)).isSameAs(fresh);
                    fresh.put();
                    fresh.put();
                  }
                });
          });
    }
  }

  @Test
  void forEachInode_seesEachWithAReference() throws Exception {
    run(b -> {
      for (long number = 1; number <= 5; number++) {
        b.get(number).put();
      }
      Set<Long> seen = new HashSet<>();
      b.superBlock.forEachInode(inode -> {
        assertThat(inode.references()).isEqualTo(1);
        seen.add(inode.number());
      });
      assertThat(seen).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
    });
  }

  @Test
  void everything_atOnce_neverTwoObjectsAndNothingLeft() throws Exception {
    for (long seed = 0; seed < 30; seed++) {
      long chosen = seed;
      run(seed, 3, b -> storm(b, chosen));
    }
    try (SystemMachine machine = new SystemMachine()) {
      storm(new Backing(machine, 3), 99);
    }
  }

  private static void storm(Backing b, long seed) {
    inParallel(
        b.machine,
        4,
        task -> {
          Random random = new Random(seed * 5 + task);
          for (int i = 0; i < 100; i++) {
            Inode inode = b.get(random.nextInt(8));
            switch (random.nextInt(4)) {
              case 0 -> inode.setLinks(0);
              case 1 -> inode.markDirty(Inode.DIRTY_SYNC);
              case 2 -> b.dirty.remove(inode.number());
              default -> {
                inode.get();
                b.machine.sleep(500);
                inode.put();
              }
            }
            inode.put();
          }
        });
    b.dirty.clear();
    assertThat(b.superBlock.inodes().close()).as("seed %d", seed).isNull();
    assertThat(b.superBlock.inodeCount()).isZero();
    assertThat(b.inMemory).isEmpty();
  }

  @FunctionalInterface
  private interface Work {
    void run(int task) throws Exception;
  }

  private static void inParallel(Machine machine, int count, Work work) {
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(
          machine.spawn(
              "task " + i,
              TaskKind.USER,
              () -> {
                try {
                  work.run(number);
                } catch (Exception | AssertionError e) {
                  failures.add(e);
                }
              }));
    }
    tasks.forEach(Task::join);
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.getFirst().getMessage(), failures.getFirst());
    }
  }
}
