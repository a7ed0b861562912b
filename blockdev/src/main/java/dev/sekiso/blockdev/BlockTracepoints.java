package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;

/**
 * The block layer's tracepoints, with the kernel's names and fields ({@code
 * include/trace/events/block.h}). Every method does nothing unless somebody listens.
 */
final class BlockTracepoints {

  private static final Tracepoint BIO_QUEUE = bio("block_bio_queue");
  private static final Tracepoint BIO_BACKMERGE = bio("block_bio_backmerge");
  private static final Tracepoint BIO_FRONTMERGE = bio("block_bio_frontmerge");
  private static final Tracepoint GETRQ = bio("block_getrq");
  private static final Tracepoint SPLIT =
      Tracepoint.of("block", "block_split", "dev", "sector", "new_sector", "rwbs", "comm");
  private static final Tracepoint PLUG = Tracepoint.of("block", "block_plug", "comm");
  private static final Tracepoint UNPLUG = Tracepoint.of("block", "block_unplug", "nr_rq", "comm");
  private static final Tracepoint RQ_INSERT = request("block_rq_insert");
  private static final Tracepoint RQ_ISSUE = request("block_rq_issue");
  private static final Tracepoint RQ_MERGE = request("block_rq_merge");
  private static final Tracepoint RQ_COMPLETE =
      Tracepoint.of(
          "block", "block_rq_complete", "dev", "sector", "nr_sector", "error", "ioprio", "rwbs");

  private final Machine machine;
  private final Tracer tracer;
  private final String device;

  BlockTracepoints(Machine machine, String device) {
    this.machine = machine;
    this.tracer = machine.tracer();
    this.device = device;
  }

  private static Tracepoint bio(String name) {
    return Tracepoint.of("block", name, "dev", "sector", "nr_sector", "rwbs", "comm");
  }

  private static Tracepoint request(String name) {
    return Tracepoint.of(
        "block", name, "dev", "sector", "nr_sector", "bytes", "ioprio", "rwbs", "comm");
  }

  void bioQueue(Bio bio) {
    emitBio(BIO_QUEUE, bio);
  }

  void backMerge(Bio bio) {
    emitBio(BIO_BACKMERGE, bio);
  }

  void frontMerge(Bio bio) {
    emitBio(BIO_FRONTMERGE, bio);
  }

  void getRequest(Bio bio) {
    emitBio(GETRQ, bio);
  }

  void split(Bio bio, long newSector) {
    if (tracer.enabled(SPLIT)) {
      tracer.emit(SPLIT, device, bio.sector(), newSector, letters(bio), comm());
    }
  }

  void plug() {
    if (tracer.enabled(PLUG)) {
      tracer.emit(PLUG, comm());
    }
  }

  void unplug(int requests) {
    if (tracer.enabled(UNPLUG)) {
      tracer.emit(UNPLUG, requests, comm());
    }
  }

  void insert(Request request) {
    emitRequest(RQ_INSERT, request);
  }

  void issue(Request request) {
    emitRequest(RQ_ISSUE, request);
  }

  void merge(Request request) {
    emitRequest(RQ_MERGE, request);
  }

  void complete(Request request, ErrnoException failure) {
    if (tracer.enabled(RQ_COMPLETE)) {
      tracer.emit(
          RQ_COMPLETE,
          device,
          request.sector(),
          request.sectors(),
          failure == null ? 0 : -failure.errno().number(),
          priority(request.ioPriority()),
          letters(request));
    }
  }

  private void emitBio(Tracepoint point, Bio bio) {
    if (tracer.enabled(point)) {
      long sectors = bio.byteCount() >> Bio.SECTOR_SHIFT;
      tracer.emit(point, device, bio.sector(), sectors, letters(bio), comm());
    }
  }

  private void emitRequest(Tracepoint point, Request request) {
    if (tracer.enabled(point)) {
      tracer.emit(
          point,
          device,
          request.sector(),
          request.sectors(),
          request.byteCount(),
          priority(request.ioPriority()),
          letters(request),
          comm());
    }
  }

  private String comm() {
    return machine.inInterrupt() ? "interrupt" : machine.currentTask().name();
  }

  private static String priority(IoPriority priority) {
    String name =
        switch (priority.schedulingClass()) {
          case NONE -> "none";
          case REAL_TIME -> "rt";
          case BEST_EFFORT -> "be";
          case IDLE -> "idle";
        };
    return name + "," + priority.level();
  }

  /** A bio's letters: a flush is submitted as an empty write with PREFLUSH. */
  private static String letters(Bio bio) {
    return bio.operation() == BioOperation.FLUSH
        ? letters(BioOperation.WRITE, bio.flags() | Bio.PREFLUSH | Bio.SYNC)
        : letters(bio.operation(), bio.flags());
  }

  static String letters(Request request) {
    return letters(request.operation(), request.flags());
  }

  /** The operation and its flags as the kernel prints them ({@code blk_fill_rwbs}). */
  private static String letters(BioOperation operation, int flags) {
    StringBuilder letters = new StringBuilder(8);
    if ((flags & Bio.PREFLUSH) != 0) {
      letters.append('F');
    }
    letters.append(
        switch (operation) {
          case READ -> 'R';
          case WRITE -> 'W';
          case FLUSH -> 'F';
          case DISCARD -> 'D';
          case WRITE_ZEROES -> 'N';
        });
    append(letters, flags, Bio.FORCE_UNIT_ACCESS, 'F');
    append(letters, flags, Bio.READAHEAD, 'A');
    append(letters, flags, Bio.SYNC, 'S');
    append(letters, flags, Bio.METADATA, 'M');
    return letters.toString();
  }

  private static void append(StringBuilder letters, int flags, int flag, char letter) {
    if ((flags & flag) != 0) {
      letters.append(letter);
    }
  }
}
