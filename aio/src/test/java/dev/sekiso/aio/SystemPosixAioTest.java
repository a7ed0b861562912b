package dev.sekiso.aio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.TaskFailedException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SystemPosixAioTest extends WorkerEngineContract {

  @Override
  protected CompletionEngine engine(Machine machine, Vfs vfs) {
    return new WorkerEngine(machine, vfs, new AioSettings(3, 8192));
  }

  @Override
  protected void onMachine(MachineBody body) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      body.run(machine);
    }
  }

  static List<Throwable> bugs() {
    return List.of(new IllegalStateException("a bug"), new InternalError("a bug"));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void fileSystem_throwsSomethingUnexpected_isEioAndOthersGoOn(Throwable bug) {
    assertThatThrownBy(() -> run(world -> meetABug(world, bug)))
        .as("the machine tells of the failure at its end")
        .isInstanceOf(TaskFailedException.class)
        .hasRootCauseMessage("a bug");
  }

  private static void meetABug(World world, Throwable bug) throws Exception {
    OpenFile file = world.open(OpenFlag.READ_WRITE);
    world.files.bug = bug;
    for (int i = 0; i < 5; i++) {
      AioControlBlock write = AioControlBlock.write(file, memory(8, 1), 0);
      world.aio.write(write);
      world.aio.suspend(List.of(write), 5_000_000_000L);
      assertThat(world.aio.error(write)).isEqualTo(Errno.EIO);
    }
    AioControlBlock read = AioControlBlock.read(file, memory(8, 1), 0);
    assertThatThrownBy(() -> world.aio.read(read)).hasMessage("a bug");
    assertThat(world.aio.error(read)).isEqualTo(Errno.EIO);
    world.files.bug = null;
    AioControlBlock write = AioControlBlock.write(file, memory(8, 1), 0);
    world.aio.listAndWait(List.of(write));
    assertThat(world.aio.result(write)).isEqualTo(8);
    world.vfs.close(file);
  }
}
