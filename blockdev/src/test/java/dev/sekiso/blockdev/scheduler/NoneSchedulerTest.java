package dev.sekiso.blockdev.scheduler;

import java.util.OptionalLong;

class NoneSchedulerTest extends IoSchedulerContract {

  @Override
  protected IoScheduler.Factory factory() {
    return host -> new NoneScheduler();
  }

  /** First come, first served; but a queue without a scheduler has no more tags than the device. */
  @Override
  protected OptionalLong longestWaitNanos() {
    return OptionalLong.empty();
  }
}
