package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;

final class FolioPageCacheSimulatedTest extends PageCacheContract {

  @Override
  protected void onMachine(Body body) throws Exception {
    TestMachines.simulated(1, body);
  }

  @Override
  protected PageCache newCache(Machine machine, PageCacheSettings settings) {
    return new FolioPageCache(machine, settings);
  }
}
