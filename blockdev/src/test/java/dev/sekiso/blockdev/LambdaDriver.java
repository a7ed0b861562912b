package dev.sekiso.blockdev;

import java.util.function.Consumer;

/** A driver that does with a request what it is told to. */
public record LambdaDriver(
    long sectors, QueueLimits limits, boolean readOnly, Consumer<Request> action)
    implements BlockDriver {

  @Override
  public void execute(Request request) {
    action.accept(request);
  }

  @Override
  public void close() {}
}
