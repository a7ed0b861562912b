package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.PageCache;

final class WriteThroughSystemTest extends WritebackContract {

  @Override
  protected void run(Program program) throws Exception {
    TestMachines.system(program);
  }

  @Override
  protected Writeback newWriteback(Machine machine, PageCache pages) {
    return new WriteThrough(machine, pages::memory, WritebackSettings.DEFAULT);
  }
}
