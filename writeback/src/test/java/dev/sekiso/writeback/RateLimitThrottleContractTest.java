package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.writeback.throttle.RateLimitThrottle;

/** A rate limit of pages between two looks, and eight pages for each writer once it is exceeded. */
final class RateLimitThrottleContractTest extends DirtyThrottleContract {

  private static final long RATE_LIMIT = 16_384 / 32;

  @Override
  protected DirtyThrottle newThrottle(Machine machine) {
    return new RateLimitThrottle(machine, 1);
  }

  @Override
  protected long slack(long limit, int writers) {
    return RATE_LIMIT + writers * 8L;
  }
}
