package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.writeback.flusher.PdflushFlusher;
import dev.sekiso.writeback.throttle.RateLimitThrottle;

final class PdflushSystemTest extends WritebackContract {

  @Override
  protected void run(Program program) throws Exception {
    TestMachines.system(program);
  }

  @Override
  protected Writeback newWriteback(Machine machine, PageCache pages) {
    return new CgroupWriteback(
        machine,
        pages::memory,
        WritebackSettings.DEFAULT,
        new PdflushFlusher(),
        new RateLimitThrottle(machine, 1));
  }
}
