package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** System calls as tracepoints. */
class SystemCallTraceTest {

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
    Vfs vfs = new MemoryFileSystemUnderTest(machine, FileSystemHarness.Room.AMPLE).vfs();
    vfs.mount("store", "/", "memory", Set.of(), "");
    recorder.events.clear();
    OpenFile file = vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    vfs.write(file, new byte[10]);
    vfs.pread(file, new byte[20], 4);
    FileSystemHarness.assertErrno(Errno.EEXIST, () -> vfs.mkdir("/f", 0755));
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
}
