package dev.sekiso.aio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "seed {0}")
@ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
class SimulatedPosixAioTest extends WorkerEngineContract {

  @Parameter long seed;

  @Override
  protected CompletionEngine engine(Machine machine, Vfs vfs) {
    return new WorkerEngine(machine, vfs, new AioSettings(3, 8192));
  }

  @Override
  protected void onMachine(MachineBody body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(seed);
    SimulatedMachine.Program<Exception> program = () -> body.run(machine);
    machine.run(program);
  }

  @Test
  void order_dependsOnTheSeedAlone() throws Exception {
    assertThat(journal()).isEqualTo(journal());
  }

  @Test
  void powerCut_endsSubmitterAndWorkers() throws Exception {
    List<PowerCut> cuts = new ArrayList<>();
    try {
      run(world -> {
        OpenFile file = world.open(OpenFlag.READ_WRITE);
        world.files.closed = true;
        AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
        world.aio.read(read);
        world.machine.schedule("power", 1000, () -> ((SimulatedMachine) world.machine).cutPower());
        try {
          world.aio.suspend(List.of(read));
        } catch (PowerCut e) {
          cuts.add(e);
          throw e;
        }
      });
    } catch (PowerCut e) {
      assertThat(cuts).isNotEmpty();
    }
    assertThat(cuts).hasSize(1);
  }

  private List<String> journal() throws Exception {
    List<String> journal = new ArrayList<>();
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      List<AioControlBlock> blocks = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        blocks.add(AioControlBlock.write(file, memory(16, i), i * 16L));
      }
      world.aio.listAndWait(blocks);
      journal.addAll(world.files.journal);
      world.vfs.close(file);
    });
    return journal;
  }
}
