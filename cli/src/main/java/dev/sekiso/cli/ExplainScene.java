package dev.sekiso.cli;

import dev.sekiso.aio.PosixAio;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.writeback.WritebackCounters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What an explained call finds: files, open or not, and memory. Used by one task. */
final class ExplainScene implements AutoCloseable {

  static final String OTHER = "/other";
  static final String EMPTY = "/empty";
  static final String LINK = "/link";
  static final int ENTRIES_AT_ONCE = 1000;

  private static final String FILE = "/file";
  private static final int FILE_MODE = 0644;
  private static final int DIRECTORY_MODE = 0755;

  /** What direct I/O asks of memory at most: a page. */
  private static final int ALIGNMENT = 4096;

  /**
   * What the call is given.
   *
   * @param offset where in the file
   * @param length bytes
   * @param advice of {@code posix_fadvise}, by the kernel's number
   * @param flags of {@code sync_file_range} or {@code msync}, by the kernel's numbers
   * @param openFlags what {@code /file} is opened with, besides for reading and writing
   */
  record Given(long offset, int length, int advice, int flags, List<OpenFlag> openFlags) {}

  private final StorageStack stack;
  private final Given given;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment data;
  private final List<OpenFile> open = new ArrayList<>();
  private OpenFile file;
  private OpenFile other;
  private OpenFile directory;
  private ProcessMemory memory;
  private MemoryMapping mapping;

  ExplainScene(StorageStack stack, Given given) {
    this.stack = stack;
    this.given = given;
    this.data = arena.allocate(given.length(), ALIGNMENT).fill((byte) 's');
  }

  /** Makes the files, on the stack before the one of the story. */
  void make() throws ErrnoException {
    for (String path : List.of(FILE, OTHER)) {
      OpenFile made = vfs().open(path, FILE_MODE, OpenFlag.WRITE_ONLY, OpenFlag.CREATE);
      try {
        long end = given.offset() + given.length();
        for (long at = 0; at < end; ) {
          MemorySegment piece = data.asSlice(0, Math.min(data.byteSize(), end - at));
          at += vfs().pwrite(made, piece, at);
        }
      } finally {
        vfs().close(made);
      }
    }
    vfs().mkdir(EMPTY, DIRECTORY_MODE);
    vfs().symlink("other", LINK);
  }

  /** Opens what the call finds open. */
  void open(ExplainedCall call) throws ErrnoException {
    List<OpenFlag> flags = new ArrayList<>(given.openFlags());
    flags.add(OpenFlag.READ_WRITE);
    file = keep(vfs().open(FILE, flags.toArray(OpenFlag[]::new)));
    vfs().lseek(file, given.offset(), SeekFrom.START);
    if (call == ExplainedCall.CLOSE) {
      other = keep(vfs().open(OTHER));
    }
    if (call == ExplainedCall.GETDENTS) {
      directory = keep(vfs().open("/", OpenFlag.DIRECTORY));
    }
  }

  /** Brings the file's bytes into the cache. */
  void cache() throws ErrnoException {
    OpenFile reader = vfs().open(FILE);
    try {
      vfs().pread(reader, data, given.offset());
    } finally {
      vfs().close(reader);
    }
  }

  /** Writes the file's bytes over and leaves them dirty. */
  void dirty() throws ErrnoException {
    OpenFile writer = vfs().open(FILE, OpenFlag.WRITE_ONLY);
    try {
      vfs().pwrite(writer, data, given.offset());
    } finally {
      vfs().close(writer);
    }
  }

  Vfs vfs() {
    return stack.vfs();
  }

  PosixAio aio() {
    return stack.aio();
  }

  OpenFile file() {
    return file;
  }

  OpenFile directory() {
    return directory;
  }

  MemorySegment data() {
    return data;
  }

  /** The memory in two parts, for calls that take several. */
  MemorySegment[] halves() {
    long half = data.byteSize() / 2;
    return new MemorySegment[] {data.asSlice(0, half), data.asSlice(half)};
  }

  long offset() {
    return given.offset();
  }

  long length() {
    return given.length();
  }

  int advice() {
    return given.advice();
  }

  int flags() {
    return given.flags();
  }

  /** Maps the file's bytes, shared, to read and write; from the page in which they begin. */
  long map() throws ErrnoException {
    memory = stack.newMemory();
    long inPage = given.offset() % PageCache.PAGE_SIZE;
    mapping =
        memory.mmap(
            0,
            inPage + given.length(),
            MapFlags.PROT_READ | MapFlags.PROT_WRITE,
            MapFlags.MAP_SHARED,
            file,
            given.offset() - inPage);
    return mapping.address();
  }

  /** Stores a byte to each page that is mapped. */
  void store() {
    for (long at = 0; at < mapping.length(); at += PageCache.PAGE_SIZE) {
      mapping.setByte(at, (byte) 'm');
    }
  }

  MemoryMapping mapping() {
    return mapping;
  }

  ProcessMemory memory() {
    return memory;
  }

  /** A call on the mapping. */
  @FunctionalInterface
  interface MappingCall {
    void on(MemoryMapping mapping) throws ErrnoException;
  }

  /** Makes a call that returns 0. */
  int mapped(MappingCall call) throws ErrnoException {
    call.on(mapping);
    return 0;
  }

  /** What is dirty in the cache now. */
  String afterwards() {
    WritebackCounters counters = stack.writeback().counters();
    return "afterwards: "
        + counters.nrDirty()
        + " pages dirty, "
        + counters.nrWriteback()
        + " being written";
  }

  /** A call on the file. */
  @FunctionalInterface
  interface FileCall {
    void on(OpenFile file) throws ErrnoException;
  }

  /** Makes a call that returns 0. */
  int done(FileCall call) throws ErrnoException {
    call.on(file);
    return 0;
  }

  /** Has a file closed with the rest. */
  OpenFile keep(OpenFile opened) {
    open.add(opened);
    return opened;
  }

  /** Closes {@link #OTHER}. */
  void closeOther() throws ErrnoException {
    open.remove(other);
    vfs().close(other);
  }

  @Override
  public void close() throws ErrnoException {
    try {
      if (memory != null) {
        memory.close();
      }
      for (OpenFile one : open) {
        vfs().close(one);
      }
    } finally {
      arena.close();
    }
  }
}
