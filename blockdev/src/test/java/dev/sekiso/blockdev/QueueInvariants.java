package dev.sekiso.blockdev;

import dev.sekiso.machine.InvariantCheck;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at a block device at rest: every tag is back, nobody waits for one, nothing is in the
 * driver, the scheduler, a flush or the running task's plug, and nothing that was to be told has
 * been kept. Of a device that is no queue it can only see that nothing is in flight.
 */
public final class QueueInvariants implements InvariantCheck {

  private final BlockDevice device;

  private QueueInvariants(BlockDevice device) {
    this.device = device;
  }

  /** To be looked at in the task whose plugs are to be looked at. */
  public static InvariantCheck of(BlockDevice device) {
    return new QueueInvariants(device);
  }

  @Override
  public List<String> violations() {
    List<String> found = new ArrayList<>();
    int inFlight = device.counters().inFlight();
    expect(found, inFlight == 0, inFlight + " requests in flight");
    switch (device) {
      case RequestQueue queue -> check(queue.state(), found);
      case DirectQueue queue -> check(queue.state(), found);
      default -> {}
    }
    return found;
  }

  private void check(QueueState state, List<String> found) {
    expect(
        found,
        state.taken() == state.inUse(),
        state.taken() + " tags are marked as taken, counted " + state.inUse());
    expect(
        found,
        state.inUse() == 0,
        state.inUse() + " of " + state.size() + " tags are not given back");
    expect(found, state.waiting() == 0, state.waiting() + " in line for a tag");
    expect(found, state.inDriver() == 0, state.inDriver() + " requests in the driver");
    expect(found, state.bypassing() == 0, state.bypassing() + " requests bypass the scheduler");
    expect(found, !state.scheduled(), "requests in the scheduler");
    expect(found, state.flushing() == 0, state.flushing() + " requests in a flush sequence");
    expect(found, state.noted() == 0, state.noted() + " ends or tags nobody was told of");
    expect(found, state.plugs() == 0, "a plug was opened and not closed");
    expect(found, state.plugged() == 0, state.plugged() + " requests in the plug");
    expect(found, state.settled(), "something was left to do in this thread");
  }

  private void expect(List<String> found, boolean holds, String what) {
    if (!holds) {
      found.add(what + " of " + device.name());
    }
  }
}
