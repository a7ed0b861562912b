package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.writeback.throttle.PosRatioThrottle;

/** All together may dirty a 32nd of the limit between two looks, each of them 128 KiB. */
final class PosRatioThrottleContractTest extends DirtyThrottleContract {

  @Override
  protected DirtyThrottle newThrottle(Machine machine) {
    return new PosRatioThrottle(machine);
  }

  @Override
  protected long slack(long limit, int writers) {
    return limit / 32 + writers * 32L;
  }
}
