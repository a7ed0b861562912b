package dev.sekiso.lab.run;

import dev.sekiso.aio.AioControlBlock;
import dev.sekiso.aio.AioOperation;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.lab.job.AccessSequence;
import dev.sekiso.lab.job.IoEngine;
import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** One job's life, from its first transfer to its last. Runs in one task. */
final class JobTask {

  /** What a step does. */
  private enum Kind {
    READ,
    WRITE,
    TRIM,
    SYNC,
    DATA_SYNC
  }

  private record Step(Kind kind, OpenFile file, long position, int length) {}

  /** A place for one transfer in flight. */
  private static final class Slot {
    final MemorySegment memory;
    Step step;
    AioControlBlock block;
    long started;
    long submitted;

    Slot(MemorySegment memory) {
      this.memory = memory;
    }
  }

  private final Job job;
  private final Machine machine;
  private final Vfs vfs;
  private final PosixAio aio;
  private final JobFiles jobFiles;
  private final Progress progress;

  private final Tally reads = new Tally();
  private final Tally writes = new Tally();
  private final Tally trims = new Tally();
  private final Tally syncs = new Tally();
  private final DepthCounts inFlight = DepthCounts.inFlight();
  private final DepthCounts perSubmit = DepthCounts.perCall();
  private final DepthCounts perComplete = DepthCounts.perCall();

  private List<OpenFile> files = List.of();
  private AccessSequence[] sequences;
  private int turn;
  private long started;
  private long bytesLeft;
  private int writesUntilSync;
  private int writesUntilDataSync;
  private Progress.Gauge gauge = Progress.Gauge.NONE;

  /** What has to follow the last step: the write of what was trimmed, or a sync. */
  private Step owed;

  JobTask(Job job, Machine machine, Vfs vfs, PosixAio aio, Progress progress) {
    this.job = job;
    this.machine = machine;
    this.vfs = vfs;
    this.aio = aio;
    this.jobFiles = new JobFiles(vfs);
    this.progress = progress;
    this.writesUntilSync = job.fsyncEvery();
    this.writesUntilDataSync = job.fdatasyncEvery();
  }

  JobResult run() {
    if (job.startDelayNanos() > 0) {
      machine.sleep(job.startDelayNanos());
    }
    started = machine.nanoTime();
    reads.start(started);
    writes.start(started);
    trims.start(started);
    Task self = machine.currentTask();
    long processorNanos = self.processorNanos();
    long contextSwitches = self.contextSwitches();
    ErrnoException failure = null;
    try (Arena arena = Arena.ofShared()) {
      files = jobFiles.open(job);
      prepareSequences();
      if (job.engine() == IoEngine.POSIXAIO) {
        runAsynchronously(arena);
      } else {
        runSynchronously(newSlot(arena));
      }
      if (job.endFsync()) {
        for (OpenFile file : files) {
          carryOut(new Slot(MemorySegment.NULL), new Step(Kind.SYNC, file, 0, 0));
        }
      }
    } catch (ErrnoException e) {
      failure = e;
    }
    try {
      jobFiles.close(files, failure);
    } catch (ErrnoException e) {
      failure = e;
    }
    gauge.ended();
    long runtime = machine.nanoTime() - started;
    return new JobResult(
        job,
        1,
        runtime,
        reads.result(),
        writes.result(),
        trims.result(),
        syncs.result(),
        new JobEffort(
            runtime,
            self.processorNanos() - processorNanos,
            self.contextSwitches() - contextSwitches,
            inFlight,
            perSubmit,
            perComplete),
        failure);
  }

  private Slot newSlot(Arena arena) {
    MemorySegment memory = arena.allocate(job.largestBlockSize(), 4096);
    JobFiles.randomize(memory, job.seed());
    return new Slot(memory);
  }

  private void prepareSequences() throws ErrnoException {
    int block = job.largestBlockSize();
    sequences = new AccessSequence[files.size()];
    long total = 0;
    for (int i = 0; i < sequences.length; i++) {
      long size = job.fileSize() > 0 ? job.fileSize() : jobFiles.size(files.get(i)) - job.offset();
      if (size < block) {
        throw new ErrnoException(
            Errno.EINVAL,
            job.files().get(i)
                + " has no whole block of "
                + block
                + " bytes behind offset "
                + job.offset()
                + "; give the job a size");
      }
      sequences[i] = new AccessSequence(job, size / block, job.seed() + i);
      total += size / block * block;
    }
    bytesLeft = job.ioLimit() > 0 ? job.ioLimit() : times(total, job.loops());
    boolean twice = job.pattern().trims() && job.pattern().writes();
    gauge = progress.started(job, twice ? times(bytesLeft, 2) : bytesLeft, started);
  }

  /** So many bytes so often; what cannot be counted is as many as can be. */
  private static long times(long bytes, int often) {
    return bytes > Long.MAX_VALUE / often ? Long.MAX_VALUE : bytes * often;
  }

  private boolean goesOn() {
    long elapsed = machine.nanoTime() - started;
    if (job.runtimeNanos() > 0 && elapsed >= job.runtimeNanos()) {
      return false;
    }
    return job.timeBased() || bytesLeft > 0;
  }

  private Step nextStep() {
    if (owed != null) {
      Step step = owed;
      owed = null;
      if (step.kind() == Kind.WRITE) {
        countWrite(step.file());
      }
      return step;
    }
    int which = turn;
    turn = (turn + 1) % sequences.length;
    AccessSequence sequence = sequences[which];
    if (job.pattern().trims()) {
      return trim(files.get(which), job.offset() + sequence.next() * job.trimBlockSize());
    }
    boolean read =
        job.pattern().isMixed() ? sequence.percent() < job.readPercent() : job.pattern().reads();
    int length = read ? job.readBlockSize() : job.writeBlockSize();
    long position = job.offset() + sequence.next() * job.largestBlockSize();
    bytesLeft -= length;
    if (!read) {
      countWrite(files.get(which));
    }
    return new Step(read ? Kind.READ : Kind.WRITE, files.get(which), position, length);
  }

  /** A block's bytes count once, though trimwrite writes what it has trimmed. */
  private Step trim(OpenFile file, long position) {
    bytesLeft -= job.trimBlockSize();
    if (job.pattern().writes()) {
      owed = new Step(Kind.WRITE, file, position, job.trimBlockSize());
    }
    return new Step(Kind.TRIM, file, position, job.trimBlockSize());
  }

  private void countWrite(OpenFile file) {
    if (job.fsyncEvery() > 0 && --writesUntilSync == 0) {
      writesUntilSync = job.fsyncEvery();
      owed = new Step(Kind.SYNC, file, 0, 0);
    } else if (job.fdatasyncEvery() > 0 && --writesUntilDataSync == 0) {
      writesUntilDataSync = job.fdatasyncEvery();
      owed = new Step(Kind.DATA_SYNC, file, 0, 0);
    }
  }

  // ------------------------------------------------------------------------------- synchronously

  private void runSynchronously(Slot slot) throws ErrnoException {
    while (goesOn() || owed != null) {
      carryOut(slot, nextStep());
      think();
    }
  }

  private void carryOut(Slot slot, Step step) throws ErrnoException {
    slot.step = step;
    slot.started = machine.nanoTime();
    slot.submitted = slot.started;
    countSubmission(step, 1);
    ended(slot, call(step, slot.memory.asSlice(0, step.length())));
    if (isTransfer(step)) {
      perComplete.add(1);
    }
  }

  private void countSubmission(Step step, int depth) {
    if (isTransfer(step)) {
      inFlight.add(depth);
      perSubmit.add(1);
    }
  }

  private static boolean isTransfer(Step step) {
    return step.kind() != Kind.SYNC && step.kind() != Kind.DATA_SYNC;
  }

  private int call(Step step, MemorySegment memory) throws ErrnoException {
    OpenFile file = step.file();
    if (isTransfer(step) && job.engine() == IoEngine.SYNC) {
      vfs.lseek(file, step.position(), SeekFrom.START);
    }
    switch (step.kind()) {
      case SYNC -> {
        vfs.fsync(file);
        return 0;
      }
      case DATA_SYNC -> {
        vfs.fdatasync(file);
        return 0;
      }
      case TRIM -> {
        vfs.discard(file, step.position(), step.length());
        return step.length();
      }
      default -> {}
    }
    boolean read = step.kind() == Kind.READ;
    if (job.engine() == IoEngine.SYNC) {
      return read ? vfs.read(file, memory) : vfs.write(file, memory);
    }
    return read
        ? vfs.pread(file, memory, step.position())
        : vfs.pwrite(file, memory, step.position());
  }

  // ------------------------------------------------------------------------------ asynchronously

  private void runAsynchronously(Arena arena) throws ErrnoException {
    List<Slot> free = new ArrayList<>();
    for (int i = 0; i < job.ioDepth(); i++) {
      free.add(newSlot(arena));
    }
    List<Slot> busy = new ArrayList<>();
    try {
      while (goesOn() || owed != null || !busy.isEmpty()) {
        while (!free.isEmpty() && (busy.isEmpty() || !nextIsTrim()) && (goesOn() || owed != null)) {
          Step step = nextStep();
          if (step.kind() == Kind.TRIM) {
            carryOut(free.getLast(), step);
          } else {
            Slot slot = free.removeLast();
            start(slot, step);
            busy.add(slot);
            countSubmission(step, busy.size());
          }
          think();
        }
        reap(busy, free);
      }
    } finally {
      // The buffers must outlive what is in flight, however this ends.
      while (!busy.isEmpty()) {
        aio.suspend(List.of(busy.removeLast().block));
      }
    }
  }

  /** POSIX has no asynchronous trim: as in fio one waits until nothing is in flight. */
  private boolean nextIsTrim() {
    return owed == null && job.pattern().trims();
  }

  private void start(Slot slot, Step step) throws ErrnoException {
    slot.step = step;
    slot.started = machine.nanoTime();
    MemorySegment memory = slot.memory.asSlice(0, step.length());
    switch (step.kind()) {
      case READ -> {
        slot.block = AioControlBlock.read(step.file(), memory, step.position());
        aio.read(slot.block);
      }
      case WRITE -> {
        slot.block = AioControlBlock.write(step.file(), memory, step.position());
        aio.write(slot.block);
      }
      case TRIM -> throw new IllegalStateException("a trim is not started but carried out");
      case SYNC -> {
        slot.block = AioControlBlock.sync(step.file(), AioOperation.SYNC);
        aio.fsync(slot.block);
      }
      case DATA_SYNC -> {
        slot.block = AioControlBlock.sync(step.file(), AioOperation.DATA_SYNC);
        aio.fsync(slot.block);
      }
    }
    slot.submitted = machine.nanoTime();
  }

  /** Waits for at least one to end and takes all that have. */
  private void reap(List<Slot> busy, List<Slot> free) throws ErrnoException {
    if (busy.isEmpty()) {
      return;
    }
    aio.suspend(busy.stream().map(slot -> slot.block).toList());
    int transfers = 0;
    for (int i = busy.size() - 1; i >= 0; i--) {
      Slot slot = busy.get(i);
      Errno errno = aio.error(slot.block);
      if (errno == Errno.EINPROGRESS) {
        continue;
      }
      busy.remove(i);
      free.add(slot);
      int bytes = aio.result(slot.block);
      if (errno != null) {
        throw new ErrnoException(errno, slot.block + " failed");
      }
      transfers += isTransfer(slot.step) ? 1 : 0;
      ended(slot, bytes);
    }
    if (transfers > 0) {
      perComplete.add(transfers);
    }
  }

  private void ended(Slot slot, int bytes) {
    long now = machine.nanoTime();
    long submission = slot.submitted - slot.started;
    long nanos = now - slot.started;
    switch (slot.step.kind()) {
      case READ -> reads.add(bytes, slot.step.length(), submission, nanos, now);
      case WRITE -> {
        writes.add(bytes, slot.step.length(), submission, nanos, now);
        gauge.wrote(bytes);
      }
      case TRIM -> trims.add(bytes, slot.step.length(), submission, nanos, now);
      case SYNC, DATA_SYNC -> {
        syncs.add(0, 0, submission, nanos, now);
        return;
      }
    }
    gauge.add(bytes, now);
  }

  private void think() {
    if (job.thinkTimeNanos() > 0) {
      machine.sleep(job.thinkTimeNanos());
    }
  }
}
