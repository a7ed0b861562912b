package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;

final class NoThrottleContractTest extends DirtyThrottleContract {

  @Override
  protected DirtyThrottle newThrottle(Machine machine) {
    return DirtyThrottle.NONE;
  }

  @Override
  protected long slack(long limit, int writers) {
    return -1;
  }
}
