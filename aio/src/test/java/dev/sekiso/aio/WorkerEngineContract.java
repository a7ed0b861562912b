package dev.sekiso.aio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an engine of three workers promises beyond {@link PosixAioContract}. */
abstract class WorkerEngineContract extends PosixAioContract {

  private static final int WORKERS = 3;

  @Test
  void read_thatWouldWait_leavesTheSubmitterFree() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      world.files.closed = true;
      AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
      world.aio.read(read);
      assertThat(world.aio.error(read)).isEqualTo(Errno.EINPROGRESS);
      assertErrno(Errno.EINPROGRESS, () -> world.aio.result(read));
      assertErrno(Errno.EINVAL, () -> world.aio.read(read));
      assertErrno(Errno.EAGAIN, () -> world.aio.suspend(List.of(read), 1_000_000));
      world.files.open();
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(10);
      world.vfs.close(file);
    });
  }

  @Test
  void read_partlyInMemory_bringsTheRestLater() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      AioControlBlock write = AioControlBlock.write(file, memory(8192, 5), 0);
      world.aio.listAndWait(List.of(write));
      assertThat(world.aio.result(write)).isEqualTo(8192);
      world.files.closeAt(4096);
      MemorySegment destination = memory(8192, 0);
      AioControlBlock read = AioControlBlock.read(file, destination, 0);
      world.aio.read(read);
      assertThat(world.aio.error(read)).isEqualTo(Errno.EINPROGRESS);
      world.files.openAt(4096);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(8192);
      assertThat(destination.get(ValueLayout.JAVA_BYTE, 8191)).isEqualTo((byte) 5);
      world.vfs.close(file);
    });
  }

  @Test
  void appends_keepTheirOrder() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      List<AioControlBlock> blocks = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        blocks.add(AioControlBlock.write(file, memory(8, i), 0));
        expected.add("write " + i);
      }
      world.aio.listAndWait(blocks);
      assertThat(world.files.journal).isEqualTo(expected);
      world.vfs.close(file);
    });
  }

  @Test
  void fsync_waitsForWhatWasQueuedBefore() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.closeAt(512);
      world.aio.write(AioControlBlock.write(file, memory(512, 1), 0));
      // A write would keep the later one out: they hold the inode's lock. A read does not.
      world.aio.read(AioControlBlock.read(file, memory(512, 0), 512));
      AioControlBlock sync = AioControlBlock.sync(file, AioOperation.SYNC);
      world.aio.fsync(sync);
      AioControlBlock later = AioControlBlock.write(file, memory(512, 3), 1024);
      world.aio.write(later);
      world.aio.suspend(List.of(later));
      assertThat(world.aio.error(sync)).isEqualTo(Errno.EINPROGRESS);
      world.files.openAt(512);
      world.aio.suspend(List.of(sync));
      assertThat(world.aio.error(sync)).isNull();
      assertThat(world.files.journal.indexOf("sync ALL"))
          .isGreaterThan(world.files.journal.indexOf("write 1"))
          .isGreaterThan(world.files.journal.indexOf("read 512"));
      world.vfs.close(file);
    });
  }

  @Test
  void cancel_ofWhatHasNotBegun_endsIt() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.closed = true;
      List<AioControlBlock> writes = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        writes.add(AioControlBlock.write(file, memory(512, i), 512L * i));
      }
      for (AioControlBlock write : writes) {
        world.aio.write(write);
      }
      AioControlBlock queued = AioControlBlock.sync(file, AioOperation.DATA_SYNC);
      world.aio.fsync(queued);
      assertThat(world.aio.cancel(queued)).isEqualTo(PosixAio.Cancellation.CANCELED);
      assertThat(world.aio.error(queued)).isEqualTo(Errno.ECANCELED);
      assertThat(world.aio.result(queued)).isEqualTo(-1);
      world.files.open();
      for (AioControlBlock write : writes) {
        world.aio.suspend(List.of(write));
        assertThat(world.aio.result(write)).isEqualTo(512);
      }
      world.vfs.close(file);
    });
  }

  @Test
  void cancel_ofWhatRuns_leavesItAlone() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.closed = true;
      AioControlBlock write = AioControlBlock.write(file, memory(512, 1), 0);
      world.aio.write(write);
      // Virtual or real, 20 ms later a worker stands at the gate.
      world.machine.sleep(20_000_000);
      assertThat(world.aio.cancel(file)).isEqualTo(PosixAio.Cancellation.NOT_CANCELED);
      world.files.open();
      world.aio.suspend(List.of(write));
      assertThat(world.aio.result(write)).isEqualTo(512);
      world.vfs.close(file);
    });
  }

  @Test
  void tooMany_areRefused() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      WorkerEngine engine = new WorkerEngine(world.machine, world.vfs, new AioSettings(1, 2));
      PosixAio aio = new PosixAio(world.machine, engine);
      world.files.closed = true;
      List<AioControlBlock> reads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        reads.add(AioControlBlock.read(file, memory(10, 0), i));
      }
      aio.read(reads.get(0));
      aio.read(reads.get(1));
      assertErrno(Errno.EAGAIN, () -> aio.read(reads.get(2)));
      assertErrno(Errno.EINVAL, () -> aio.error(reads.get(2)));
      world.files.open();
      aio.suspend(reads.subList(0, 1));
      aio.suspend(reads.subList(1, 2));
      aio.close();
      world.vfs.close(file);
    });
  }

  @Test
  void close_waitsForWhatIsInFlight() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.closed = true;
      AioControlBlock write = AioControlBlock.write(file, memory(512, 9), 0);
      world.aio.write(write);
      world.machine.schedule("gate", 5_000_000, world.files::open);
      world.aio.close();
      assertThat(world.aio.result(write)).isEqualTo(512);
      world.vfs.close(file);
    });
  }

  @Test
  void file_closedWhileInFlight_staysOpenForTheTransfer() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.closed = true;
      AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
      AioControlBlock sync = AioControlBlock.sync(file, AioOperation.SYNC);
      world.aio.read(read);
      world.aio.fsync(sync);
      world.vfs.close(file);
      OpenFile closed = world.open(OpenFlag.READ_ONLY);
      world.vfs.close(closed);
      assertErrno(Errno.EBADF, () -> world.aio.read(AioControlBlock.read(closed, memory(1, 0), 0)));
      world.files.open();
      world.aio.suspend(List.of(sync));
      assertThat(world.aio.result(read)).isEqualTo(10);
      assertThat(world.aio.result(sync)).isZero();
      assertThat(file.references()).isZero();
    });
  }

  @Test
  void directRead_isNotTriedInTheSubmitter() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY, OpenFlag.DIRECT);
      AioControlBlock read = AioControlBlock.read(file, memory(512, 0), 0);
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(512);
      assertThat(world.files.attempts).hasValue(0);
      world.vfs.close(file);
    });
  }

  @Test
  void appendFlag_changedInFlight_losesNoTransfer() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      world.files.closed = true;
      AioControlBlock first = AioControlBlock.write(file, memory(8, 1), 0);
      AioControlBlock second = AioControlBlock.write(file, memory(8, 2), 0);
      AioControlBlock sync = AioControlBlock.sync(file, AioOperation.DATA_SYNC);
      world.aio.write(first);
      world.aio.write(second);
      world.vfs.setFlags(file, 0);
      world.aio.fsync(sync);
      world.files.open();
      world.aio.suspend(List.of(sync));
      assertThat(world.files.journal).containsExactly("write 1", "write 2", "sync DATA");
      world.vfs.close(file);
    });
  }

  @Test
  void cancelOfAFile_tellsInTheOrderOfSubmission() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
      world.files.closed = true;
      List<Integer> told = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < 20; i++) {
        int number = i;
        world.aio.write(
            AioControlBlock.write(file, memory(8, i), 0).notifying(done -> told.add(number)));
      }
      // The first one runs, as it is given the time to, and is left alone.
      world.machine.sleep(20_000_000);
      assertThat(world.aio.cancel(file)).isEqualTo(PosixAio.Cancellation.NOT_CANCELED);
      assertThat(told).isEqualTo(IntStream.range(1, 20).boxed().toList());
      world.files.open();
      world.vfs.close(file);
    });
  }
}
