package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Request;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * {@code none}: no scheduling. Requests go to the driver in the order they came, and nothing is
 * merged but in the submitters' plugs ({@code block/blk-mq.c} without an elevator, where requests
 * are issued directly and none wait for a bio to join them).
 */
public final class NoneScheduler implements IoScheduler {

  public static final String NAME = "none";

  private final Deque<Request> requests = new ArrayDeque<>();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean insert(Request request) {
    requests.addLast(request);
    return true;
  }

  @Override
  public Request dispatch() {
    return requests.pollFirst();
  }

  @Override
  public boolean hasWork() {
    return !requests.isEmpty();
  }

  @Override
  public boolean passesThrough() {
    return true;
  }
}
