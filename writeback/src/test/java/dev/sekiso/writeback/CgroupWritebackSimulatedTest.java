package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;

final class CgroupWritebackSimulatedTest extends WritebackContract {

  @Override
  protected void run(Program program) throws Exception {
    for (long seed = 0; seed < 5; seed++) {
      TestMachines.simulated(seed, program);
    }
  }

  @Override
  protected Writeback newWriteback(Machine machine, PageCache pages) {
    return new CgroupWriteback(
        machine,
        pages::memory,
        WritebackSettings.DEFAULT,
        new PerBdiFlusher(),
        new PosRatioThrottle(machine));
  }
}
