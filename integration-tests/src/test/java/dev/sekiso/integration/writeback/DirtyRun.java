package dev.sekiso.integration.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.target.Fault;
import dev.sekiso.blockdev.target.FaultyDevice;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One run: tasks that write, map, sync and cut files, while groups come and go, the device fails
 * now and then, the file system is frozen, or unmounted and mounted again.
 *
 * <p>Every step of a task holds the world's lock for reading; who unmounts holds it for writing.
 */
final class DirtyRun {

  static final String PLACE = "/disk";

  private static final int FILES = 3;
  private static final int WRITERS = 4;
  private static final int STEPS = 60;
  private static final int LONGEST_REST_NANOS = 300_000;

  private final StorageStack stack;
  private final Machine machine;
  private final Vfs vfs;
  private final FaultyDevice disk;
  private final long seed;
  private final Ledger.Loss loss;
  private final int cellsPerBlock;
  private final SleepingReadWriteLock world;
  private final List<Subject> subjects = new ArrayList<>();
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicReference<Cgroup> group = new AtomicReference<>(Cgroup.ROOT);
  private int unmounts;
  private int freezes;
  private int removals;

  DirtyRun(StorageStack stack, long seed, Ledger.Loss loss, int cellsPerBlock) {
    this.loss = loss;
    this.cellsPerBlock = cellsPerBlock;
    this.stack = stack;
    this.machine = stack.machine();
    this.vfs = stack.vfs();
    this.disk = (FaultyDevice) stack.device("sda");
    this.seed = seed;
    this.world = machine.newReadWriteLock("world");
  }

  /**
   * What came of it.
   *
   * @param strikes writes of the device that failed
   * @param tellings of each file the most calls on one open file that told of it, added up
   * @param removals control groups removed while tasks of theirs went on
   */
  record Result(
      List<Subject> subjects,
      long strikes,
      int tellings,
      int unmounts,
      int freezes,
      int removals) {}

  /**
   * Makes the files, lets the tasks go, and asks every open file in the end.
   *
   * @param answers most calls on one open file that may fail for one write of the device that has
   */
  Result run(boolean faults, boolean groups, int answers) throws ErrnoException {
    for (int i = 0; i < FILES; i++) {
      Subject subject =
          new Subject(
              stack,
              PLACE + "/f" + i,
              new Ledger(Subject.CELLS, cellsPerBlock),
              () -> disk.strikes() > 0);
      subject.create(
          faults && loss == Ledger.Loss.BLOCKS ? Subject.Blocks.ALLOCATED : Subject.Blocks.NONE);
      subjects.add(subject);
    }
    stack.sync();
    for (Subject subject : subjects) {
      subject.open();
    }
    List<Task> workers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      int number = i;
      workers.add(spawn("writer " + i, random -> write(number, random)));
    }
    List<Task> others = new ArrayList<>();
    others.add(spawn("syncer", this::syncEverything));
    if (!faults || loss == Ledger.Loss.METADATA) {
      others.add(spawn("cutter", this::cut));
    }
    others.add(spawn("freezer", this::freeze));
    others.add(spawn("remounter", this::remount));
    if (faults) {
      others.add(spawn("saboteur", this::sabotage));
    }
    if (groups) {
      others.add(spawn("group keeper", this::keepGroups));
    }
    workers.forEach(Task::join);
    done.set(true);
    others.forEach(Task::join);
    return end(answers);
  }

  /** Without further faults everybody is told what is still to be told, once. */
  private Result end(int answers) throws ErrnoException {
    disk.clearFaults();
    for (Subject subject : subjects) {
      for (Subject.Opened opened : subject.opened) {
        subject.sync(opened, Subject.SyncCall.FSYNC);
        vfs.fsync(opened.file());
      }
      // What could not be written is only in memory, until the memory is wanted.
      if (disk.strikes() == 0) {
        long[] found = Subject.read(vfs, subject.path);
        assertThat(subject.ledger.complaintOfReader(found)).isNull();
      }
      subject.close();
      assertThat((long) subject.ledger.mostTellings())
          .as("tellings of %s", subject.path)
          .isLessThanOrEqualTo(disk.strikes() * answers);
    }
    int tellings = subjects.stream().mapToInt(subject -> subject.ledger.mostTellings()).sum();
    return new Result(subjects, disk.strikes(), tellings, unmounts, freezes, removals);
  }

  /** What a task does again and again. */
  @FunctionalInterface
  private interface Step {
    void run(Random random) throws ErrnoException;
  }

  private Task spawn(String name, Step body) {
    Random random = new Random(seed * 31 + name.hashCode());
    return machine.spawn(
        name,
        TaskKind.USER,
        () -> {
          try {
            body.run(random);
          } catch (ErrnoException e) {
            throw new AssertionError(name + ": " + e.getMessage(), e);
          }
        });
  }

  private void rest(Random random, int times) {
    machine.sleep(random.nextInt(LONGEST_REST_NANOS) * (long) times);
  }

  private void inTheWorld(Step step, Random random) throws ErrnoException {
    world.readLock().lock();
    try {
      step.run(random);
    } finally {
      world.readLock().unlock();
    }
  }

  private void write(int number, Random random) throws ErrnoException {
    for (int step = 0; step < STEPS; step++) {
      rest(random, 1);
      Cgroup mine = random.nextInt(3) == 0 ? Cgroup.ROOT : group.get();
      long value = ((long) number << 32) + step + 1;
      TaskContext.ROOT
          .withCgroup(mine)
          .call(() -> {
            inTheWorld(choices -> writeSome(number, value, choices), random);
            return null;
          });
    }
  }

  private void writeSome(int number, long value, Random random) throws ErrnoException {
    Subject subject = subjects.get(random.nextInt(FILES));
    Subject.Opened opened = subject.opened.get(random.nextInt(20) == 0 ? 2 : random.nextInt(2));
    subject.sizeLock.readLock().lock();
    try {
      int first = random.nextInt(Subject.CELLS);
      int count = 1 + random.nextInt(opened.synchronous() ? 8 : 40);
      boolean stores = random.nextInt(3) == 0;
      for (int cell = first; cell < Math.min(first + count, Subject.CELLS); cell++) {
        if (cell % WRITERS == number) {
          if (stores) {
            subject.store(cell, value);
          } else {
            subject.write(opened, cell, value);
          }
        }
      }
    } finally {
      subject.sizeLock.readLock().unlock();
    }
    int then = random.nextInt(16);
    if (then < Subject.SyncCall.values().length) {
      Subject.SyncCall call = Subject.SyncCall.values()[then];
      int by = call == Subject.SyncCall.MSYNC ? 0 : random.nextInt(3);
      subject.sync(subject.opened.get(by), call);
    }
  }

  private void syncEverything(Random random) throws ErrnoException {
    while (!done.get()) {
      rest(random, 8);
      inTheWorld(
          choices -> {
            if (choices.nextBoolean()) {
              vfs.sync();
              return;
            }
            OpenFile root = vfs.open(PLACE, OpenFlag.DIRECTORY);
            try {
              vfs.syncfs(root);
            } catch (ErrnoException e) {
              tolerate(e);
            } finally {
              vfs.close(root);
            }
          },
          random);
    }
  }

  private void tolerate(ErrnoException e) throws ErrnoException {
    if (disk.strikes() == 0 || !Subject.FAULTS.contains(e.errno())) {
      throw e;
    }
  }

  private void cut(Random random) throws ErrnoException {
    while (!done.get()) {
      rest(random, 10);
      inTheWorld(
          choices -> {
            Subject subject = subjects.get(choices.nextInt(FILES));
            subject.sizeLock.writeLock().lock();
            try {
              subject.cut(choices.nextInt(Subject.CELLS));
            } finally {
              subject.sizeLock.writeLock().unlock();
            }
          },
          random);
    }
  }

  private SuperBlock superBlock() {
    return vfs.mounts().stream()
        .map(mount -> mount.superBlock())
        .filter(candidate -> candidate.type().name().equals("ext2"))
        .findFirst()
        .orElseThrow();
  }

  /** A frozen file system is on the device as it is. */
  private void freeze(Random random) throws ErrnoException {
    while (!done.get()) {
      rest(random, 25);
      inTheWorld(
          choices -> {
            List<Long> since = subjects.stream().map(subject -> subject.ledger.now()).toList();
            try {
              superBlock().freeze();
            } catch (ErrnoException e) {
              tolerate(e);
              return;
            }
            freezes++;
            if (disk.strikes() == 0) {
              allDurable(since);
            }
            rest(choices, 2);
            thaw();
          },
          random);
    }
  }

  /** Thawing writes that there may be changes again, which may fail as any write. */
  private void thaw() throws ErrnoException {
    boolean thawed = false;
    while (!thawed) {
      try {
        superBlock().thaw();
        thawed = true;
      } catch (ErrnoException e) {
        tolerate(e);
        machine.sleep(LONGEST_REST_NANOS);
      }
    }
  }

  private void allDurable(List<Long> since) {
    for (int i = 0; i < FILES; i++) {
      subjects.get(i).ledger.durable(since.get(i));
    }
  }

  /** Once something has been lost the file system is for repair, not for mounting again. */
  private void remount(Random random) throws ErrnoException {
    while (!done.get()) {
      rest(random, 25);
      world.writeLock().lock();
      try {
        if (disk.strikes() == 0) {
          unmountAndMount();
        }
      } finally {
        world.writeLock().unlock();
      }
    }
  }

  private void unmountAndMount() throws ErrnoException {
    for (Subject subject : subjects) {
      subject.close();
    }
    List<Long> since = subjects.stream().map(subject -> subject.ledger.now()).toList();
    try {
      vfs.unmount(PLACE);
    } catch (ErrnoException e) {
      tolerate(e);
    }
    unmounts++;
    boolean intact = disk.strikes() == 0;
    if (intact) {
      allDurable(since);
    }
    mount();
    for (Subject subject : subjects) {
      if (intact) {
        assertThat(subject.ledger.complaint(Subject.read(vfs, subject.path))).isNull();
      }
      subject.open();
    }
  }

  /** Mounting writes that it is mounted, which may fail as any write. */
  private void mount() throws ErrnoException {
    boolean mounted = false;
    while (!mounted) {
      try {
        vfs.mount("sda", PLACE, "ext2", Set.of(), "");
        mounted = true;
      } catch (ErrnoException e) {
        tolerate(e);
        machine.sleep(LONGEST_REST_NANOS);
      }
    }
  }

  private void sabotage(Random random) {
    while (!done.get()) {
      rest(random, 15);
      Errno errno = random.nextInt(4) == 0 ? Errno.ENOSPC : Errno.EIO;
      Fault fault = random.nextInt(4) == 0 ? Fault.errorAfter(errno) : Fault.error(errno);
      disk.inject(
          fault
              .on(BioOperation.WRITE)
              .withChance(1.0 / (1 + random.nextInt(8)))
              .times(1 + random.nextInt(6)));
      rest(random, 5);
      disk.clearFaults();
    }
  }

  private void keepGroups(Random random) {
    while (!done.get()) {
      rest(random, 6);
      Cgroup above = Cgroup.ROOT.child("above");
      Cgroup below = above.child("below");
      MemoryGroup memory = stack.createGroup(above);
      memory.setMax(100 + random.nextInt(300));
      stack.createGroup(below);
      stack.writeback().setWeight(below, 1 + random.nextInt(1000));
      group.set(random.nextBoolean() ? above : below);
      rest(random, 10);
      // Tasks of the group may go on when it is gone.
      if (random.nextBoolean()) {
        group.set(Cgroup.ROOT);
      }
      stack.removeGroup(below);
      stack.removeGroup(above);
      removals += 2;
    }
  }
}
