package dev.sekiso.lab.fidelity;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Does the operations of a workload, as the program that was recorded did. Belongs to one task.
 *
 * <p>Asynchronous direct I/O is submitted the way the kernel's {@code io_submit} does it: each
 * request becomes bios in the submitter, all under one plug when there are more than two.
 */
final class Operations implements AutoCloseable {

  /** What an operation gave back. */
  record Outcome(String result, String asynchronous) {}

  /** From so many requests on, {@code io_submit} plugs ({@code AIO_PLUG_THRESHOLD} + 1). */
  private static final int PLUG_FROM = 3;

  /** Most pages in a bio ({@code BIO_MAX_VECS}). */
  private static final int BIO_BYTES = 256 * 4096;

  private static final int PAGE = 4096;
  private static final long NANOS_PER_MILLISECOND = 1_000_000;

  private static final Map<String, OpenFlag> OPEN_FLAGS =
      Map.of(
          "RDONLY", OpenFlag.READ_ONLY,
          "WRONLY", OpenFlag.WRITE_ONLY,
          "RDWR", OpenFlag.READ_WRITE,
          "CREAT", OpenFlag.CREATE,
          "TRUNC", OpenFlag.TRUNCATE,
          "APPEND", OpenFlag.APPEND,
          "SYNC", OpenFlag.SYNCHRONOUS,
          "DSYNC", OpenFlag.DATA_SYNCHRONOUS,
          "DIRECT", OpenFlag.DIRECT);

  private static final List<String> ADVICE =
      List.of("NORMAL", "RANDOM", "SEQUENTIAL", "WILLNEED", "DONTNEED", "NOREUSE");

  private static final Map<String, Integer> RANGE_FLAGS =
      Map.of("WAIT_BEFORE", 1, "WRITE", 2, "WAIT_AFTER", 4);

  private static final Map<String, Integer> ALLOCATE_MODES =
      Map.of("KEEP_SIZE", 1, "PUNCH_HOLE", 2, "COLLAPSE_RANGE", 8, "ZERO_RANGE", 16);

  private static final Map<String, SeekFrom> WHENCE =
      Map.of("SET", SeekFrom.START, "CUR", SeekFrom.CURRENT, "END", SeekFrom.END);

  private final StorageStack stack;
  private final Vfs vfs;
  private final TestFile test;
  private final Arena arena = Arena.ofShared();
  private final MappingOperations mappings;
  private final Map<String, OpenFile> files = new HashMap<>();
  private MemorySegment memory = MemorySegment.NULL;
  private TaskContext context = TaskContext.current();

  Operations(StorageStack stack, TestFile test) {
    this.stack = stack;
    this.vfs = stack.vfs();
    this.test = test;
    this.mappings = new MappingOperations(stack.newMemory(), this::file);
  }

  /** What loads and stores of the workload's process have cost it. */
  MappingOperations mappings() {
    return mappings;
  }

  /** Does one operation; what it does later in the background is not waited for. */
  Outcome perform(RecordingNode op) throws RecordingException {
    try {
      return context.<Outcome, Exception>call(() -> attempt(op));
    } catch (ErrnoException e) {
      return new Outcome("-" + e.errno(), "");
    } catch (RecordingException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Outcome attempt(RecordingNode op) throws ErrnoException, RecordingException {
    String kind = op.text("op");
    return switch (kind) {
      case "mmap", "touch", "store", "madvise", "msync", "munmap" ->
          new Outcome(mappings.perform(op), "");
      case "aio" -> asynchronous(op);
      case "pread", "pwrite", "read", "write" -> returned(transfer(kind, op));
      default -> returned(call(kind, op));
    };
  }

  private static Outcome returned(long value) {
    return new Outcome(Long.toString(value), "");
  }

  private long transfer(String kind, RecordingNode op) throws ErrnoException, RecordingException {
    OpenFile file = file(op);
    MemorySegment buffer = buffer(op.integer("len"), op.number("buf", 0));
    return switch (kind) {
      case "pread" -> vfs.pread(file, buffer, op.number("off"));
      case "pwrite" -> vfs.pwrite(file, buffer, op.number("off"));
      case "read" -> vfs.read(file, buffer);
      default -> vfs.write(file, buffer);
    };
  }

  private long call(String kind, RecordingNode op) throws ErrnoException, RecordingException {
    switch (kind) {
      case "open" -> open(op);
      case "close" -> vfs.close(remove(op));
      case "lseek" -> {
        SeekFrom from = chosen(op, "whence", op.text("whence", "SET"), WHENCE);
        return vfs.lseek(file(op), op.number("off"), from);
      }
      case "fsync" -> vfs.fsync(file(op));
      case "fdatasync" -> vfs.fdatasync(file(op));
      case "syncfs" -> vfs.syncfs(file(op));
      case "truncate" -> vfs.ftruncate(file(op), op.number("len"));
      case "fallocate" ->
          vfs.fallocate(
              file(op), bits(op, "mode", ALLOCATE_MODES), op.number("off"), op.number("len"));
      case "sync_file_range" ->
          vfs.syncFileRange(
              file(op), op.number("off"), op.number("len"), bits(op, "flags", RANGE_FLAGS));
      case "fadvise" -> {
        int advice = ADVICE.indexOf(op.text("advice"));
        if (advice < 0) {
          throw op.wrong("advice", "is none of " + ADVICE + ": '" + op.text("advice") + "'");
        }
        vfs.fadvise(file(op), op.number("off"), op.number("len"), advice);
      }
      case "readahead" -> vfs.readahead(file(op), op.number("off"), op.number("len"));
      case "drop_caches" -> {
        stack.pageCache().dropClean();
        test.readMap();
      }
      case "rlimit_fsize" -> {
        long bytes = op.number("bytes");
        context =
            context.withLimits(context.limits().withFileSize(bytes < 0 ? Long.MAX_VALUE : bytes));
      }
      case "sleep_ms" -> stack.machine().sleep(op.number("ms") * NANOS_PER_MILLISECOND);
      default -> throw op.wrong("op", "is no operation of a recording: '" + kind + "'");
    }
    return 0;
  }

  private void open(RecordingNode op) throws ErrnoException, RecordingException {
    int flags = 0;
    for (String word : op.words("flags")) {
      flags |= chosen(op, "flags", word, OPEN_FLAGS).bits();
    }
    long number = op.number("file", 0);
    OpenFile before = files.put(op.text("fd"), vfs.openAt(null, path(number), flags, 0644));
    if (before != null) {
      vfs.close(before);
    }
  }

  /** The path of a file: the test file for 0, another beside it for every other number. */
  static String path(long number) {
    return RecordedStack.TEST_FILE + (number == 0 ? "" : "-" + number);
  }

  private static <T> T chosen(RecordingNode op, String field, String word, Map<String, T> known)
      throws RecordingException {
    T value = known.get(word);
    if (value == null) {
      throw op.wrong(field, "has '" + word + "', which is none of " + known.keySet());
    }
    return value;
  }

  /** Flags by name, or a number that stands for itself. */
  private static int bits(RecordingNode op, String field, Map<String, Integer> known)
      throws RecordingException {
    String text = op.text(field);
    if (text.matches("-?\\d+")) {
      return op.integer(field);
    }
    int bits = 0;
    for (String word : op.words(field)) {
      bits |= chosen(op, field, word, known);
    }
    return bits;
  }

  private OpenFile file(RecordingNode op) throws RecordingException {
    OpenFile file = files.get(op.text("fd"));
    if (file == null) {
      throw op.wrong("fd", "is not open: '" + op.text("fd") + "'");
    }
    return file;
  }

  private OpenFile remove(RecordingNode op) throws RecordingException {
    OpenFile file = file(op);
    files.remove(op.text("fd"));
    return file;
  }

  /** Native memory, page-aligned but for the offset asked for. */
  private MemorySegment buffer(long length, long offset) {
    if (memory.byteSize() < offset + length) {
      memory = arena.allocate(Math.max(1, offset + length), PAGE);
    }
    return memory.asSlice(offset, length);
  }

  // Asynchronous I/O

  /**
   * Submits one request after the other, up to the first that is refused: the kernel returns how
   * many it has taken, and of none of the rest is there a result.
   */
  private Outcome asynchronous(RecordingNode op) throws ErrnoException, RecordingException {
    OpenFile file = file(op);
    List<RecordingNode> requests = op.list("reqs");
    StringJoiner results = new StringJoiner(" ");
    Submission submission = new Submission(stack.device(RecordedStack.DEVICE));
    boolean plugs = file.isDirect() && requests.size() >= PLUG_FROM;
    int taken = 0;
    try (Plug plug = plugs ? submission.device.plug() : () -> {}) {
      for (RecordingNode request : requests) {
        if (isRead(request) ? !file.isReadable() : !file.isWritable()) {
          break;
        }
        results.add(file.isDirect() ? submission.submit(file, request) : buffered(file, request));
        taken++;
      }
    }
    submission.await();
    if (taken == 0 && !requests.isEmpty()) {
      throw new ErrnoException(Errno.EBADF, "the first request is not what the file is open for");
    }
    return new Outcome(Integer.toString(taken), results.toString());
  }

  private String buffered(OpenFile file, RecordingNode request) throws RecordingException {
    MemorySegment buffer = buffer(request.number(2), 0);
    try {
      return Integer.toString(
          isRead(request)
              ? vfs.pread(file, buffer, request.number(1))
              : vfs.pwrite(file, buffer, request.number(1)));
    } catch (ErrnoException e) {
      return Integer.toString(-e.errno().number());
    }
  }

  private static boolean isRead(RecordingNode request) throws RecordingException {
    return request.text(0).equals("r");
  }

  /** Bios under way and the wait for them. */
  private final class Submission {
    private final BlockDevice device;
    private final WaitQueue done = stack.machine().newWaitQueue("asynchronous direct I/O");
    private int inFlight;

    Submission(BlockDevice device) {
      this.device = device;
    }

    String submit(OpenFile file, RecordingNode request) throws RecordingException {
      long offset = request.number(1);
      long length = request.number(2);
      int block = device.limits().logicalBlockSize() - 1;
      if (((offset | length) & block) != 0) {
        return Integer.toString(-Errno.EINVAL.number());
      }
      long size = file.inode().size();
      long moved = isRead(request) ? Math.clamp(size - offset, 0, length) : length;
      long sent = (moved + block) & ~(long) block;
      for (long at = 0; at < sent; at += BIO_BYTES) {
        send(request, offset + at, Math.min(BIO_BYTES, sent - at));
      }
      return Long.toString(moved);
    }

    private void send(RecordingNode request, long offset, long length) throws RecordingException {
      long sector = test.blocks().sector(offset);
      if (sector < 0) {
        throw new RecordingException(request + " is in a hole of the file or behind it");
      }
      BioOperation operation = isRead(request) ? BioOperation.READ : BioOperation.WRITE;
      inFlight++;
      Bio bio = new Bio(operation, Bio.SYNC, sector, ended -> completed());
      MemorySegment target = buffer(length, 0);
      for (long at = 0; at < length; at += PAGE) {
        bio.add(target.asSlice(at, Math.min(PAGE, length - at)));
      }
      device.submit(bio);
    }

    private void completed() {
      inFlight--;
      done.wakeAll();
    }

    void await() {
      done.await("asynchronous direct I/O", () -> inFlight == 0);
    }
  }

  /** Closes what the workload left open. */
  @Override
  public void close() throws ErrnoException {
    mappings.close();
    for (OpenFile file : files.values()) {
      vfs.close(file);
    }
    files.clear();
    arena.close();
  }
}
