package dev.sekiso.stack;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.writeback.DeviceCongestion;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells writeback about the queues of a stack's devices. {@link #ends} counts how often congestion
 * of any ended; who waits does so for the next time.
 */
final class QueueCongestion implements DeviceCongestion {

  private final Map<String, BlockDevice> devices;
  private final WaitQueue waiting;
  private final AtomicLong ends = new AtomicLong();

  QueueCongestion(Machine machine, Map<String, BlockDevice> devices) {
    this.devices = devices;
    this.waiting = machine.newWaitQueue("congestion");
    devices.values().forEach(device -> device.whenDecongested(this::ended));
  }

  private void ended() {
    ends.incrementAndGet();
    waiting.wakeAll();
  }

  @Override
  public boolean isWriteCongested(String deviceName) {
    BlockDevice device = devices.get(deviceName);
    return device != null && device.isWriteCongested();
  }

  @Override
  public boolean await(long nanos) {
    long before = ends.get();
    return waiting.await("congestion to end", () -> ends.get() != before, nanos);
  }
}
