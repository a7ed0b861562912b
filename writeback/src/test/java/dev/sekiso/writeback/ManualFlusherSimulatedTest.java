package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.writeback.flusher.ManualFlusher;

final class ManualFlusherSimulatedTest extends WritebackContract {

  @Override
  protected void run(Program program) throws Exception {
    for (long seed = 0; seed < 5; seed++) {
      TestMachines.simulated(seed, program);
    }
  }

  @Override
  protected Writeback newWriteback(Machine machine, PageCache pages) {
    return new CgroupWriteback(
        machine, pages::memory, WritebackSettings.DEFAULT, new ManualFlusher(), DirtyThrottle.NONE);
  }
}
