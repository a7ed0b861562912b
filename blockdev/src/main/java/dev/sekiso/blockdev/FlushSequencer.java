package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns PREFLUSH and FUA into what the device has ({@code block/blk-flush.c}).
 *
 * <p>A request that needs the device's cache flushed goes through up to three steps: PREFLUSH,
 * DATA, POSTFLUSH. Which ones, by what the request asks for and what the device has:
 *
 * <pre>
 *                     no volatile cache   cache and FUA       cache without FUA
 *   flush, no data    done at once        PREFLUSH            PREFLUSH
 *   PREFLUSH + data   DATA                PREFLUSH, DATA      PREFLUSH, DATA
 *   FUA + data        DATA                DATA (as FUA)       DATA, POSTFLUSH
 *   both + data       DATA                PREFLUSH, DATA(FUA) PREFLUSH, DATA, POSTFLUSH
 * </pre>
 *
 * <p>Flushes are shared. Requests that wait for a flush stand in one of two queues:
 * <em>pending</em> waits for the next flush, <em>running</em> for the one in the device. At most
 * one flush is in the device; when it ends, all that stood in running move on to their next step,
 * and pending becomes running with one new flush for all. A flush is not started while data of such
 * requests is in the device, since their POSTFLUSH would need another one right after; but it is
 * not held back by that for longer than {@link #PENDING_TIMEOUT_NANOS}, looked at whenever a step
 * ends.
 *
 * <p>An error in a step ends the request with that error. Guarded by the queue's lock; the sink is
 * called with it held and only takes notes.
 */
final class FlushSequencer {

  /** {@code FLUSH_PENDING_TIMEOUT}: 5 s. */
  static final long PENDING_TIMEOUT_NANOS = 5_000_000_000L;

  /** What the sequencer wants done. */
  interface Sink {

    /** Hands a request to the driver before anything the scheduler holds. */
    void dispatch(Request request);

    /** Ends a request. */
    void end(Request request, ErrnoException failure, long bytesDone);

    /** Makes the flush that goes to the device. */
    Request newFlush();
  }

  private enum Step {
    PREFLUSH,
    DATA,
    POSTFLUSH,
    DONE
  }

  /** Where a request stands in its sequence. */
  static final class Sequence {

    private final boolean dataWanted;
    private final boolean postFlushWanted;
    private Step step;

    private Sequence(boolean dataWanted, boolean postFlushWanted, Step first) {
      this.dataWanted = dataWanted;
      this.postFlushWanted = postFlushWanted;
      this.step = first;
    }

    private Step next() {
      return switch (step) {
        case PREFLUSH -> dataWanted ? Step.DATA : Step.DONE;
        case DATA -> postFlushWanted ? Step.POSTFLUSH : Step.DONE;
        case POSTFLUSH, DONE -> Step.DONE;
      };
    }
  }

  private final boolean volatileCache;
  private final boolean forceUnitAccess;
  private final Sink sink;
  private List<Request> pending = new ArrayList<>();
  private List<Request> running = new ArrayList<>();
  private boolean flushInDevice;
  private long pendingSince;
  private int dataInDevice;

  FlushSequencer(QueueLimits limits, Sink sink) {
    this.volatileCache = limits.volatileWriteCache();
    this.forceUnitAccess = limits.forceUnitAccess();
    this.sink = sink;
  }

  /** Whether a request made from the bio has to be shown to {@link #insert}. */
  static boolean concerns(Bio bio) {
    return bio.operation() == BioOperation.FLUSH || bio.has(Bio.PREFLUSH | Bio.FORCE_UNIT_ACCESS);
  }

  /**
   * Takes a new request over, unless it can go its normal way.
   *
   * @return true when the request is taken care of, false when it goes on as any other
   */
  boolean insert(Request request, long now) {
    boolean data = request.byteCount() > 0;
    boolean preFlush =
        volatileCache && (request.has(Bio.PREFLUSH) || request.operation() == BioOperation.FLUSH);
    boolean postFlush =
        volatileCache && !forceUnitAccess && data && request.has(Bio.FORCE_UNIT_ACCESS);
    int flags = (request.flags() & ~Bio.PREFLUSH) | Bio.SYNC;
    if (!volatileCache || !forceUnitAccess) {
      flags &= ~Bio.FORCE_UNIT_ACCESS;
    }
    request.setFlags(flags);
    if (preFlush) {
      request.flushSequence = new Sequence(data, postFlush, Step.PREFLUSH);
      enter(request, Step.PREFLUSH, now);
      kick(now);
      return true;
    }
    if (postFlush) {
      request.flushSequence = new Sequence(true, true, Step.DATA);
      dataInDevice++;
      return false;
    }
    if (!data) {
      sink.end(request, null, 0);
      return true;
    }
    return false;
  }

  /** The data of a request with a sequence has been through the driver. */
  void dataEnded(Request request, ErrnoException failure, long bytesDone, long now) {
    dataInDevice--;
    advance(request, failure, bytesDone, now);
    kick(now);
  }

  /** The flush has been through the driver. */
  void flushEnded(ErrnoException failure, long now) {
    List<Request> served = running;
    running = new ArrayList<>();
    flushInDevice = false;
    for (Request request : served) {
      // A failed flush says nothing of data that never was written: none of it counts as done.
      advance(request, failure, 0, now);
    }
    kick(now);
  }

  /** Requests in a sequence: waiting for a flush or with their data on the way. */
  int underWay() {
    return pending.size() + running.size() + dataInDevice;
  }

  private void advance(Request request, ErrnoException failure, long bytesDone, long now) {
    Step next = failure == null ? request.flushSequence.next() : Step.DONE;
    if (next == Step.DONE) {
      request.flushSequence = null;
      sink.end(request, failure, failure == null ? request.byteCount() : bytesDone);
    } else {
      enter(request, next, now);
    }
  }

  private void enter(Request request, Step step, long now) {
    request.flushSequence.step = step;
    if (step == Step.DATA) {
      dataInDevice++;
      sink.dispatch(request);
    } else {
      if (pending.isEmpty()) {
        pendingSince = now;
      }
      pending.add(request);
    }
  }

  private void kick(long now) {
    if (flushInDevice || pending.isEmpty()) {
      return;
    }
    if (dataInDevice > 0 && now - pendingSince < PENDING_TIMEOUT_NANOS) {
      return;
    }
    List<Request> empty = running;
    running = pending;
    pending = empty;
    flushInDevice = true;
    sink.dispatch(sink.newFlush());
  }
}
