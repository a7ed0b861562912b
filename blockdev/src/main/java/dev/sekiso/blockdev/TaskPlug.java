package dev.sekiso.blockdev;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import java.util.ArrayList;
import java.util.List;

/**
 * A task's plug on one queue ({@code struct blk_plug}). Belongs to its task alone, no lock.
 *
 * <p>Where the kernel has one plug for all devices of a task, here each device has its own; so the
 * limit of requests counts per device, which is what it is for a task that uses one.
 */
final class TaskPlug implements Plug {

  /** {@code BLK_MAX_REQUEST_COUNT}: requests held before the plug empties itself. */
  static final int MAX_REQUESTS = 32;

  /** {@code BLK_PLUG_FLUSH_SIZE}: a last request of this many bytes empties the plug, 128 KiB. */
  static final long FLUSH_BYTES = 128 << 10;

  /** What the plug needs of its queue. */
  interface Host {

    /** Whether merging is on at all; if not, a large request is no reason to empty the plug. */
    boolean merges();

    /** Puts a bio into a request that no one else has. */
    boolean join(Request request, Bio bio, int segments);

    /** Takes what was held back, in order; the list is the plug's again afterwards. */
    void unplugged(List<Request> requests);

    /** The task is about to sleep: the plug is to be flushed. */
    void sleeping(TaskPlug plug);
  }

  private final Host host;
  private final Machine machine;
  private final BlockTracepoints traces;
  private final Runnable beforeSleep;
  private List<Request> requests = new ArrayList<>();

  /** An empty list for the next requests; null while one is being unplugged. */
  private List<Request> spare = new ArrayList<>();

  private int depth;
  private Runnable formerHook;

  TaskPlug(Host host, Machine machine, BlockTracepoints traces) {
    this.host = host;
    this.machine = machine;
    this.traces = traces;
    this.beforeSleep = () -> host.sleeping(this);
  }

  boolean isOpen() {
    return depth > 0;
  }

  int depth() {
    return depth;
  }

  /** Requests held back. */
  int held() {
    return requests.size();
  }

  Plug open() {
    if (depth++ == 0) {
      Task task = machine.currentTask();
      Runnable former = task.beforeSleep();
      formerHook = former;
      task.setBeforeSleep(
          former == null
              ? beforeSleep
              : () -> {
                beforeSleep.run();
                former.run();
              });
    }
    return this;
  }

  /** Lets a bio join the request that came last, the only one that is looked at. */
  boolean merge(Bio bio, int segments) {
    return !requests.isEmpty() && host.join(requests.getLast(), bio, segments);
  }

  void add(Request request) {
    if (requests.size() >= MAX_REQUESTS
        || (!requests.isEmpty()
            && host.merges()
            && requests.getLast().byteCount() >= FLUSH_BYTES)) {
      flush();
    }
    if (requests.isEmpty()) {
      traces.plug();
    }
    requests.add(request);
  }

  void flush() {
    if (requests.isEmpty()) {
      return;
    }
    List<Request> flushed = requests;
    requests = spare == null ? new ArrayList<>() : spare;
    spare = null;
    traces.unplug(flushed.size());
    try {
      host.unplugged(flushed);
    } finally {
      flushed.clear();
      spare = flushed;
    }
  }

  @Override
  public void close() {
    if (depth == 0) {
      throw new IllegalStateException("the plug was closed more often than it was opened");
    }
    if (--depth == 0) {
      machine.currentTask().setBeforeSleep(formerHook);
      formerHook = null;
      flush();
    }
  }
}
