package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import java.util.ArrayList;
import java.util.List;

/** A driver that keeps every request until the test lets it go. */
public final class HeldDriver implements BlockDriver {

  private final long sectors;
  private final QueueLimits limits;
  private final List<Request> held = new ArrayList<>();
  private final List<String> issued = new ArrayList<>();
  private int most;

  public HeldDriver(long sectors, QueueLimits limits) {
    this.sectors = sectors;
    this.limits = limits;
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public synchronized void execute(Request request) {
    held.add(request);
    most = Math.max(most, held.size());
    issued.add(describe(request));
  }

  private static String describe(Request request) {
    String letters = BlockTracepoints.letters(request);
    return request.operation() == BioOperation.FLUSH
        ? letters
        : "%s %d+%d".formatted(letters, request.sector(), request.sectors());
  }

  /** What was issued since the last call, such as {@code "WS 8+16"}. */
  public synchronized List<String> takeIssued() {
    List<String> taken = List.copyOf(issued);
    issued.clear();
    return taken;
  }

  /** Most requests there were at one time. */
  public synchronized int most() {
    return most;
  }

  public synchronized int held() {
    return held.size();
  }

  public synchronized List<Request> requests() {
    return List.copyOf(held);
  }

  /** Hands a request over to the test, which has to end it. */
  public Request take(int index) {
    return remove(index);
  }

  private synchronized Request remove(int index) {
    return held.remove(index);
  }

  /** Ends the request that has been held longest. */
  public void release() {
    remove(0).complete(null);
  }

  public void release(int index) {
    remove(index).complete(null);
  }

  public void fail(Errno errno) {
    remove(0).complete(errno);
  }

  /** Ends everything, and what comes because of it. */
  public void releaseAll() {
    while (held() > 0) {
      release();
    }
  }

  @Override
  public void close() {}
}
