package dev.sekiso.integration.powercut;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.pagecache.MemoryMapping;
import dev.sekiso.stack.ProcessMemory;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.TransferFlags;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * One task that works on its own files, in its own directories and in one that all share, until the
 * power fails. It knows what must be found afterwards: a file is {@link #durable} from the moment a
 * call that makes it so has returned until a call that changes it begins.
 *
 * <p>Only files of this task are in its maps, so what it knows of them is exact; the calls of other
 * tasks come in between everywhere.
 */
final class Worker {

  /** What a small disk in use answers now and then; the step has then done nothing or a part. */
  private static final Set<Errno> USUAL =
      EnumSet.of(Errno.ENOENT, Errno.ENOSPC, Errno.ENOTEMPTY, Errno.EEXIST);

  private static final int DIRECTORIES = 3;
  private static final int FILES = 5;

  private final StorageStack stack;
  private final Machine machine;
  private final Vfs vfs;
  private final int number;
  private final Random random;

  /** Content by path, of files this task has finished writing and not touched since. */
  private final Map<String, byte[]> current = new TreeMap<>();

  private final Map<String, byte[]> durable;

  /**
   * @param durable where the task keeps what must survive; its own
   */
  Worker(StorageStack stack, long seed, int number, Map<String, byte[]> durable) {
    this.stack = stack;
    this.machine = stack.machine();
    this.vfs = stack.vfs();
    this.number = number;
    this.random = new Random(seed * 31 + number);
    this.durable = durable;
  }

  /** Works until the power fails. */
  void run() {
    while (true) {
      machine.sleep(random.nextInt(200_000));
      try {
        step();
      } catch (ErrnoException e) {
        if (!USUAL.contains(e.errno())) {
          throw new AssertionError("task " + number + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private void step() throws ErrnoException {
    String directory = directory();
    String path = file(directory);
    switch (random.nextInt(16)) {
      case 0, 1, 2 -> writeWhole(directory, path);
      case 3, 4 -> writeSynchronously(directory, path);
      case 5, 6 -> overwrite(directory, path);
      case 7, 8 -> replace(directory, path);
      case 9 -> append(directory, path);
      case 10 -> move(path);
      case 11 -> {
        forget(path);
        vfs.unlink(path);
      }
      case 12 -> {
        forget(path);
        vfs.truncate(path, random.nextInt(30_000));
      }
      case 13 -> {
        if (random.nextBoolean()) {
          vfs.mkdir("/own" + number + "-" + random.nextInt(DIRECTORIES), 0755);
        } else {
          vfs.rmdir("/own" + number + "-" + random.nextInt(DIRECTORIES));
        }
      }
      case 14 -> syncFileSystem();
      default -> readBack(path);
    }
  }

  private String directory() {
    return random.nextInt(3) == 0 ? "/shared" : "/own" + number + "-" + random.nextInt(DIRECTORIES);
  }

  private String file(String directory) {
    int file = random.nextInt(FILES);
    return directory + "/t" + number + "-" + file + "x".repeat(file * 40);
  }

  private void writeWhole(String directory, String path) throws ErrnoException {
    forget(path);
    byte[] content = bytes(size());
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.TRUNCATE, OpenFlag.WRITE_ONLY);
    try {
      writeAll(file, content, 0);
      current.put(path, content);
      if (random.nextInt(3) > 0) {
        syncFile(file);
        syncDirectories(directory);
        durable.put(path, content);
      }
    } finally {
      vfs.close(file);
    }
  }

  /** With {@code O_SYNC} or {@code O_DSYNC} the content needs no call of its own. */
  private void writeSynchronously(String directory, String path) throws ErrnoException {
    forget(path);
    byte[] content = bytes(size());
    OpenFlag how = random.nextBoolean() ? OpenFlag.SYNCHRONOUS : OpenFlag.DATA_SYNCHRONOUS;
    OpenFile file =
        vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.TRUNCATE, OpenFlag.WRITE_ONLY, how);
    try {
      // An empty file is never written, so nothing would make its new inode durable.
      if (content.length == 0) {
        return;
      }
      writeAll(file, content, 0);
      current.put(path, content);
      syncDirectories(directory);
      durable.put(path, content);
    } finally {
      vfs.close(file);
    }
  }

  private void overwrite(String directory, String path) throws ErrnoException {
    byte[] known = current.get(path);
    if (known == null || known.length == 0) {
      return;
    }
    boolean wasDurable = durable.containsKey(path);
    forget(path);
    int at = random.nextInt(known.length);
    byte[] piece = bytes(1 + random.nextInt(Math.min(known.length - at, 9000)));
    byte[] content = known.clone();
    System.arraycopy(piece, 0, content, at, piece.length);
    OpenFile file = vfs.open(path, OpenFlag.READ_WRITE);
    try {
      boolean isDurable =
          switch (random.nextInt(4)) {
            case 0 -> {
              writeAll(file, piece, at);
              yield false;
            }
            case 1 -> {
              writeAll(file, piece, at);
              syncFile(file);
              yield true;
            }
            case 2 -> {
              storeMapped(file, known.length, piece, at);
              yield true;
            }
            default -> {
              writeSynchronously(file, piece, at);
              // Only what it wrote; the rest is as it was.
              yield wasDurable;
            }
          };
      current.put(path, content);
      if (isDurable) {
        syncDirectories(directory);
        durable.put(path, content);
      }
    } finally {
      vfs.close(file);
    }
  }

  /** With {@code RWF_SYNC} or {@code RWF_DSYNC} one call is as with the flags of open. */
  private void writeSynchronously(OpenFile file, byte[] piece, int at) throws ErrnoException {
    int how = random.nextBoolean() ? TransferFlags.SYNCHRONOUS : TransferFlags.DATA_SYNCHRONOUS;
    int done = 0;
    while (done < piece.length) {
      MemorySegment[] rest = {MemorySegment.ofArray(piece).asSlice(done)};
      done += vfs.pwritev2(file, rest, at + done, how);
    }
  }

  /** Stores into a shared mapping, all of which {@code msync(MS_SYNC)} makes durable. */
  private void storeMapped(OpenFile file, int length, byte[] piece, int at) throws ErrnoException {
    try (ProcessMemory memory = stack.newMemory()) {
      MemoryMapping mapping =
          memory.mmap(
              0, length, MapFlags.PROT_READ | MapFlags.PROT_WRITE, MapFlags.MAP_SHARED, file, 0);
      for (int i = 0; i < piece.length; i++) {
        mapping.setByte(at + i, piece[i]);
      }
      mapping.sync(MapFlags.MS_SYNC);
    }
  }

  /** As editors and data bases do: a new file beside the old one, synced, then renamed over it. */
  private void replace(String directory, String path) throws ErrnoException {
    String beside = directory + "/t" + number + "-new";
    forget(beside);
    byte[] content = bytes(size());
    OpenFile file = vfs.open(beside, 0600, OpenFlag.CREATE, OpenFlag.TRUNCATE, OpenFlag.WRITE_ONLY);
    try {
      writeAll(file, content, 0);
      syncFile(file);
      forget(path);
      vfs.rename(beside, path);
      current.put(path, content);
      syncDirectories(directory);
      durable.put(path, content);
    } finally {
      vfs.close(file);
    }
  }

  private void append(String directory, String path) throws ErrnoException {
    byte[] known = current.get(path);
    if (known == null || known.length > 300_000) {
      return;
    }
    forget(path);
    byte[] piece = bytes(1 + size());
    byte[] content = Arrays.copyOf(known, known.length + piece.length);
    System.arraycopy(piece, 0, content, known.length, piece.length);
    OpenFile file = vfs.open(path, OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
    try {
      writeAll(file, piece, known.length);
      current.put(path, content);
      vfs.fdatasync(file);
      syncDirectories(directory);
      durable.put(path, content);
    } finally {
      vfs.close(file);
    }
  }

  private void move(String path) throws ErrnoException {
    String directory = directory();
    String target = file(directory);
    byte[] content = current.get(path);
    if (content == null || target.equals(path)) {
      return;
    }
    forget(path);
    forget(target);
    vfs.rename(path, target);
    current.put(target, content);
  }

  private void syncFileSystem() throws ErrnoException {
    if (random.nextBoolean()) {
      vfs.sync();
    } else {
      OpenFile root = vfs.open("/", OpenFlag.DIRECTORY);
      try {
        vfs.syncfs(root);
      } finally {
        vfs.close(root);
      }
    }
    durable.putAll(current);
  }

  private void readBack(String path) throws ErrnoException {
    byte[] known = current.get(path);
    if (known != null && !Arrays.equals(Contents.read(vfs, path), known)) {
      throw new AssertionError(path + " reads back otherwise than it was written");
    }
  }

  /** From now on either content may be found, or none. */
  private void forget(String path) {
    current.remove(path);
    durable.remove(path);
  }

  private void writeAll(OpenFile file, byte[] content, long position) throws ErrnoException {
    int done = 0;
    while (done < content.length) {
      done += vfs.pwrite(file, Arrays.copyOfRange(content, done, content.length), position + done);
    }
  }

  private void syncFile(OpenFile file) throws ErrnoException {
    if (random.nextInt(3) == 0) {
      vfs.fdatasync(file);
    } else {
      vfs.fsync(file);
    }
  }

  private void syncDirectories(String directory) throws ErrnoException {
    for (String path : new String[] {directory, "/"}) {
      OpenFile opened = vfs.open(path, OpenFlag.DIRECTORY);
      try {
        vfs.fsync(opened);
      } finally {
        vfs.close(opened);
      }
    }
  }

  private int size() {
    return random.nextInt(4) == 0 ? random.nextInt(150_000) : random.nextInt(9000);
  }

  private byte[] bytes(int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return content;
  }
}
