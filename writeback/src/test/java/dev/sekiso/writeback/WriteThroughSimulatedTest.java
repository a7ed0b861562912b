package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.PageCache;

final class WriteThroughSimulatedTest extends WritebackContract {

  @Override
  protected void run(Program program) throws Exception {
    for (long seed = 0; seed < 5; seed++) {
      TestMachines.simulated(seed, program);
    }
  }

  @Override
  protected Writeback newWriteback(Machine machine, PageCache pages) {
    return new WriteThrough(machine, pages::memory, WritebackSettings.DEFAULT);
  }
}
