package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.Tunable;
import dev.sekiso.machine.IoPriority;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * {@code mq-deadline}: sector order within batches of one direction, reads before writes, and no
 * request left waiting much beyond its deadline ({@code block/mq-deadline.c}).
 *
 * <p><b>Classes.</b> Requests stand in three classes by I/O priority: real time, best effort
 * (everything without a priority too), idle. A class gets a turn only while the classes above it
 * have nothing queued <em>or in the driver</em>. A request of a lower class that has waited for
 * {@code prio_aging_expire} goes first all the same.
 *
 * <p><b>Within a class</b> each direction (reads; everything else) has its requests twice: in order
 * of arrival with deadlines, and sorted by sector. Requests go in batches of up to {@code
 * fifo_batch} of one direction, upwards from the sector of the one before. A batch ends when it is
 * full or nothing lies ahead. The next is of reads if there are any, unless writes have been passed
 * over {@code writes_starved} times; it begins with the oldest request if that has met its deadline
 * or nothing lies ahead of the last position, else with the next by sector. The very first batch of
 * a queue continues an imaginary one of writes at sector 0, as in the kernel.
 *
 * <p><b>Merging.</b> A bio can join the request that ends where it begins or, with {@code
 * front_merges}, the one that begins where it ends; a grown request may fuse with its neighbour. A
 * request that takes another over takes its deadline and place in the order of arrival too if that
 * is the earlier.
 *
 * <p>Asynchronous requests and writes may use {@code async_depth} of the tags.
 *
 * <p>Guarded by the queue's lock, like every scheduler.
 */
public final class MqDeadlineScheduler implements IoScheduler {

  public static final String NAME = "mq-deadline";

  /** {@code read_expire}: a read's deadline, 500 ms. */
  private static final long READ_EXPIRE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** {@code write_expire}: a write's, 5 s; a soft limit. */
  private static final long WRITE_EXPIRE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** {@code prio_aging_expire}: after which the class no longer matters, 10 s. */
  private static final long PRIORITY_AGING_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** {@code writes_starved}: batches of reads that may pass waiting writes. */
  private static final int WRITES_STARVED = 2;

  /** {@code fifo_batch}: requests in a batch; throughput against latency. */
  private static final int FIFO_BATCH = 16;

  private final SchedulerHost host;
  private final MergeIndex index;
  private final DeadlineClass[] classes = {
    new DeadlineClass(), new DeadlineClass(), new DeadlineClass()
  };
  private final long[] expireNanos = {READ_EXPIRE_NANOS, WRITE_EXPIRE_NANOS};
  private long agingNanos = PRIORITY_AGING_NANOS;
  private int writesStarved = WRITES_STARVED;
  private int fifoBatch = FIFO_BATCH;
  private boolean frontMerges = true;

  /** All tags, however many there are, until somebody chooses otherwise. */
  private int asyncDepth = Integer.MAX_VALUE;

  private int lastDirection = DeadlineClass.WRITE;
  private int batched;
  private int starved;
  private int held;

  public MqDeadlineScheduler(SchedulerHost host) {
    this.host = host;
    this.index = new MergeIndex(host);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int depthFor(BioOperation operation, int flags) {
    // Every read counts as synchronous.
    return operation == BioOperation.READ ? Integer.MAX_VALUE : asyncDepth;
  }

  @Override
  public void resized(int tags) {
    asyncDepth = Integer.MAX_VALUE;
  }

  @Override
  public boolean hasWork() {
    return held > 0;
  }

  private static int direction(BioOperation operation) {
    return operation == BioOperation.READ ? DeadlineClass.READ : DeadlineClass.WRITE;
  }

  private DeadlineClass classOf(IoPriority priority) {
    return switch (priority.schedulingClass()) {
      case REAL_TIME -> classes[0];
      case NONE, BEST_EFFORT -> classes[1];
      case IDLE -> classes[2];
    };
  }

  // ------------------------------------------------------------------------ insertion and merging

  @Override
  public boolean insert(Request request) {
    boolean absorbed =
        index.absorb(
            request,
            (into, taken, node) -> {
              DeadlineNode gone = (DeadlineNode) node;
              if (gone != null) {
                takeOver((DeadlineNode) into, gone);
              }
            });
    if (absorbed) {
      return false;
    }
    DeadlineClass level = classOf(request.ioPriority());
    int direction = direction(request.operation());
    long deadline = host.machine().nanoTime() + expireNanos[direction];
    DeadlineNode node = new DeadlineNode(request, level, direction, deadline);
    request.setSchedulerData(node);
    level.add(node);
    held++;
    if (request.mergeable()) {
      index.add(node);
    }
    return true;
  }

  /** A queued request has become part of another: {@code dd_merged_requests}. */
  private void takeOver(DeadlineNode into, DeadlineNode gone) {
    DeadlineClass level = gone.level;
    if (gone.deadline < into.deadline) {
      level.takePlace(into, gone);
    }
    forget(gone);
    level.unfinished--;
  }

  private void forget(DeadlineNode node) {
    node.level.remove(node);
    index.remove(node);
    held--;
  }

  @Override
  public MergeCandidate candidate(Bio bio) {
    MergeCandidate candidate = index.candidate(bio);
    if (candidate != null || !frontMerges || !index.searches()) {
      return candidate;
    }
    DeadlineClass level = classOf(bio.ioPriority());
    DeadlineNode behind = level.first(direction(bio.operation()), bio.endSector());
    return behind != null
            && behind.request.sector() == bio.endSector()
            && host.mayJoin(behind.request, bio)
        ? new MergeCandidate(behind.request, MergeSide.FRONT)
        : null;
  }

  @Override
  public void merged(Request request, MergeSide side) {
    DeadlineNode node = (DeadlineNode) request.schedulerData();
    DeadlineClass level = node.level;
    if (side == MergeSide.BACK) {
      DeadlineNode next = level.after(node);
      if (next != null && host.absorb(request, next.request)) {
        takeOver(node, next);
      }
      index.grown(node);
      return;
    }
    DeadlineNode previous = level.before(node);
    if (previous != null && host.absorb(previous.request, request)) {
      takeOver(previous, node);
      index.grown(previous);
      return;
    }
    level.moved(node);
    index.grown(node);
  }

  // --------------------------------------------------------------------------------- dispatching

  @Override
  public Request dispatch() {
    if (held == 0) {
      return null;
    }
    long now = host.machine().nanoTime();
    Request aged = dispatchAged(now - agingNanos);
    if (aged != null) {
      return aged;
    }
    for (DeadlineClass level : classes) {
      Request request = dispatch(level, now, now);
      if (request != null || level.unfinished > 0) {
        return request;
      }
    }
    return null;
  }

  /** {@code dd_dispatch_prio_aged_requests}. */
  private Request dispatchAged(long latestStart) {
    int busy = 0;
    for (DeadlineClass level : classes) {
      busy += level.unfinished > 0 ? 1 : 0;
    }
    if (busy < 2) {
      return null;
    }
    for (int i = 1; i < classes.length; i++) {
      Request request = dispatch(classes[i], host.machine().nanoTime(), latestStart);
      if (request != null) {
        return request;
      }
    }
    return null;
  }

  /**
   * The next request of a class that began to wait no later than the given time. As in the kernel,
   * the choice of a new batch stays made even when its first request turns out to be younger.
   */
  private Request dispatch(DeadlineClass level, long now, long latestStart) {
    DeadlineNode node =
        batched < fifoBatch ? level.first(lastDirection, level.position[lastDirection]) : null;
    if (node == null) {
      int direction = chooseDirection(level);
      if (direction < 0) {
        return null;
      }
      DeadlineNode oldest = level.oldest(direction);
      DeadlineNode ahead = level.first(direction, level.position[direction]);
      node = ahead == null || oldest.deadline <= now ? oldest : ahead;
      lastDirection = direction;
      batched = 0;
    }
    if (node.deadline - expireNanos[node.direction] > latestStart) {
      return null;
    }
    batched++;
    forget(node);
    level.position[node.direction] = node.request.sector();
    return node.request;
  }

  private int chooseDirection(DeadlineClass level) {
    boolean writes = level.oldest(DeadlineClass.WRITE) != null;
    if (level.oldest(DeadlineClass.READ) != null) {
      if (!writes || starved++ < writesStarved) {
        return DeadlineClass.READ;
      }
    } else if (!writes) {
      return -1;
    }
    starved = 0;
    return DeadlineClass.WRITE;
  }

  @Override
  public void completed(Request request) {
    // A request may reach its end without having been here, its data being sent around us.
    if (request.schedulerData() instanceof DeadlineNode node) {
      node.level.unfinished--;
      request.setSchedulerData(null);
    }
  }

  // ------------------------------------------------------------------------------------ settings

  @Override
  public Map<String, Tunable> settings() {
    Map<String, Tunable> all = new LinkedHashMap<>();
    addMillis(
        all, "read_expire", "deadline of a read", () -> expireNanos[0], v -> expireNanos[0] = v);
    addMillis(
        all, "write_expire", "deadline of a write", () -> expireNanos[1], v -> expireNanos[1] = v);
    addMillis(
        all,
        "prio_aging_expire",
        "wait after which a request's priority class no longer counts against it",
        () -> agingNanos,
        v -> agingNanos = v);
    add(
        all,
        new Tunable(
            "writes_starved",
            "batches",
            "batches of reads that may pass waiting writes",
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            () -> writesStarved,
            v -> writesStarved = (int) v));
    add(
        all,
        new Tunable(
            "fifo_batch",
            "requests",
            "requests in a batch of one direction; more for throughput, fewer for latency",
            0,
            Integer.MAX_VALUE,
            () -> fifoBatch,
            v -> fifoBatch = (int) v));
    add(
        all,
        new Tunable(
            "front_merges",
            "switch",
            "1: look for requests a bio could join at the front, 0: do not",
            0,
            1,
            () -> frontMerges ? 1 : 0,
            v -> frontMerges = v == 1));
    add(
        all,
        new Tunable(
            "async_depth",
            "requests",
            "tags that asynchronous requests and writes may use; all, unless set",
            1,
            Integer.MAX_VALUE,
            () -> Math.min(asyncDepth, host.requests()),
            v -> asyncDepth = (int) v));
    return all;
  }

  private static void add(Map<String, Tunable> all, Tunable tunable) {
    all.put(tunable.name(), tunable);
  }

  private static void addMillis(
      Map<String, Tunable> all,
      String name,
      String description,
      LongSupplier nanos,
      LongConsumer setNanos) {
    add(
        all,
        new Tunable(
            name,
            "ms",
            description,
            0,
            Integer.MAX_VALUE,
            () -> TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong()),
            v -> setNanos.accept(TimeUnit.MILLISECONDS.toNanos(v))));
  }
}
