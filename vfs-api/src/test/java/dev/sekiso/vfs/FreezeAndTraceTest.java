package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FreezeAndTraceTest extends VfsTestBase {

  private static final long MILLISECOND = 1_000_000;

  @Test
  void freeze_holdsChangesUntilThawed() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      SuperBlock frozen = superBlock();
      frozen.freeze();
      assertThat(frozen.freezeLevel()).isEqualTo(FreezeLevel.COMPLETE);
      assertErrno(Errno.EBUSY, frozen::freeze);
      AtomicLong done = new AtomicLong();
      List<Task> writers = new ArrayList<>();
      for (Call call :
          List.<Call>of(
              () -> vfs.pwrite(file, new byte[1], 0),
              () -> vfs.mkdir("/d", 0755),
              () -> vfs.chmod("/f", 0600),
              () -> vfs.ftruncate(file, 5))) {
        writers.add(
            machine.spawn(
                "writer",
                TaskKind.USER,
                () -> {
                  try {
                    call.run();
                  } catch (ErrnoException e) {
                    throw new AssertionError(e);
                  }
                  done.addAndGet(machine.nanoTime() > 5 * MILLISECOND ? 1 : 100);
                }));
      }
      MemorySegment[] one = {MemorySegment.ofArray(new byte[1])};
      assertErrno(Errno.EAGAIN, () -> vfs.pwritev2(file, one, 0, TransferFlags.NO_WAIT));
      assertThat(vfs.pread(file, new byte[1], 0)).isZero();
      machine.sleep(10 * MILLISECOND);
      assertThat(done).hasValue(0);
      frozen.thaw();
      writers.forEach(Task::join);
      assertThat(done).hasValue(4);
      assertErrno(Errno.EINVAL, frozen::thaw);
      vfs.close(file);
    });
  }

  @Test
  void freeze_waitsForChangesUnderWay() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      simulate(
          seed,
          Room.AMPLE,
          () -> {
            store().latencyNanos = MILLISECOND;
            List<Task> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
              String path = "/f" + i;
              writers.add(
                  machine.spawn(
                      "writer",
                      TaskKind.USER,
                      () -> {
                        try {
                          put(path, new byte[100]);
                        } catch (ErrnoException e) {
                          throw new AssertionError(e);
                        }
                      }));
            }
            machine.sleep(MILLISECOND / 2);
            superBlock().freeze();
            var before = snapshot();
            machine.sleep(100 * MILLISECOND);
            assertThat(snapshot()).isEqualTo(before);
            superBlock().thaw();
            writers.forEach(Task::join);
            assertThat(names("/")).containsExactly("f0", "f1", "f2");
          });
    }
  }

  @Test
  void freeze_lastCloseOfRemovedFile_waits() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.unlink("/f");
      superBlock().freeze();
      Task closer =
          machine.spawn(
              "closer",
              TaskKind.USER,
              () -> {
                try {
                  vfs.close(file);
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              });
      machine.sleep(10 * MILLISECOND);
      assertThat(closer.isAlive()).isTrue();
      assertThat(store().nodeCount()).isEqualTo(2);
      superBlock().thaw();
      closer.join();
      assertThat(store().nodeCount()).isEqualTo(1);
    });
  }

  @Test
  void freezeAndThaw_againstEverything_neverHangs() throws Exception {
    for (long seed = 0; seed < 30; seed++) {
      simulate(
          seed,
          Room.AMPLE,
          () -> {
            store().latencyNanos = 1000;
            List<Task> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
              String path = "/f" + i;
              tasks.add(
                  machine.spawn(
                      "worker",
                      TaskKind.USER,
                      () -> {
                        try {
                          for (int round = 0; round < 20; round++) {
                            put(path, "x");
                            vfs.rename(path, path + "x");
                            OpenFile file = vfs.open(path + "x");
                            vfs.unlink(path + "x");
                            vfs.close(file);
                          }
                        } catch (ErrnoException e) {
                          throw new AssertionError(e);
                        }
                      }));
            }
            for (int round = 0; round < 20; round++) {
              superBlock().freeze();
              machine.sleep(3000);
              superBlock().thaw();
              machine.sleep(3000);
            }
            tasks.forEach(Task::join);
            assertThat(names("/")).isEmpty();
          });
    }
  }

  @Test
  void freeze_syncFails_isThawedAgain() throws Exception {
    run(() -> {
      store().syncFailure = Errno.EIO;
      assertErrno(Errno.EIO, superBlock()::freeze);
      store().syncFailure = null;
      assertThat(superBlock().freezeLevel()).isEqualTo(FreezeLevel.UNFROZEN);
      put("/f", "x");
    });
  }

  /** Writes events down. */
  private static final class Recorder implements Tracer {
    final List<String> events = new ArrayList<>();

    @Override
    public boolean enabled() {
      return true;
    }

    @Override
    public void emit(Tracepoint point, Object... values) {
      if (point.system().equals("syscalls")) {
        assertThat(values).hasSameSizeAs(point.fields());
        events.add(point.name() + Arrays.toString(values));
      }
    }
  }

  @Test
  void tracer_seesCallsAndResults() throws Exception {
    Recorder recorder = new Recorder();
    SimulatedMachine machine = SimulatedMachine.builder(1).tracer(recorder).build();
    SimulatedMachine.Program<Exception> program = () -> traced(machine, recorder);
    machine.run(program);
  }

  private static void traced(Machine machine, Recorder recorder) throws Exception {
    Vfs vfs = new MemoryFileSystemUnderTest(machine, Room.AMPLE).vfs();
    vfs.mount("store", "/", "memory", Set.of(), "");
    recorder.events.clear();
    OpenFile file = vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    vfs.write(file, new byte[10]);
    vfs.pread(file, new byte[20], 4);
    assertErrno(Errno.EEXIST, () -> vfs.mkdir("/f", 0755));
    vfs.sync();
    vfs.close(file);
    assertThat(recorder.events)
        .containsExactly(
            "sys_enter_openat[/f, 66, 420]",
            "sys_exit_openat[0]",
            "sys_enter_write[open file store:/f, 10]",
            "sys_exit_write[10]",
            "sys_enter_pread64[open file store:/f, 20, 4]",
            "sys_exit_pread64[6]",
            "sys_enter_mkdirat[/f, 493]",
            "sys_exit_mkdirat[-17]",
            "sys_enter_sync[]",
            "sys_exit_sync[0]",
            "sys_enter_close[open file store:/f]",
            "sys_exit_close[0]");
    vfs.unmountAll();
  }

  @Test
  void settings_outOfRange_areRefused() {
    VfsSettings settings = VfsSettings.DEFAULT;
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withUnusedDentries(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withUnusedInodes(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withTimestampTickNanos(0));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.withCallNanos(-1));
  }
}
