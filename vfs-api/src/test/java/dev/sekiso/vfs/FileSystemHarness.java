package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Runs tests of a file system through a {@link Vfs}.
 *
 * <p>After each body: no reference is left, nothing stays cached that could go, the file system
 * unmounts, and one that keeps files shows the same tree when mounted again.
 */
public abstract class FileSystemHarness {

  /** How much room the file system has. */
  public enum Room {
    /** At least 64 MiB and 10,000 files. */
    AMPLE,
    /** At most 4 MiB, so that a test can fill it. */
    SCARCE
  }

  /** A test's body, a task of the machine. */
  @FunctionalInterface
  public interface Body {
    void run() throws Exception;
  }

  protected Machine machine;
  protected FileSystemUnderTest fileSystem;
  protected Vfs vfs;

  /** Makes an empty file system on the machine. Runs as one of its tasks. */
  protected abstract FileSystemUnderTest newFileSystem(Machine onMachine, Room room)
      throws Exception;

  /** Runs a body on a simulated machine with an empty file system on "/". */
  protected final void run(Body body) throws Exception {
    simulate(1, Room.AMPLE, body);
  }

  /** As {@link #run}, with a file system that is soon full. */
  protected final void runScarce(Body body) throws Exception {
    simulate(1, Room.SCARCE, body);
  }

  protected final void simulate(long seed, Room room, Body body) throws Exception {
    SimulatedMachine simulated = SimulatedMachine.builder(seed).maxEvents(50_000_000).build();
    machine = simulated;
    SimulatedMachine.Program<Exception> program = () -> mountAndRun(room, body);
    try {
      simulated.run(program);
    } catch (AssertionError | Exception e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  /** Runs a body in real time. */
  protected final void runReally(Body body) throws Exception {
    try (SystemMachine real = new SystemMachine()) {
      machine = real;
      mountAndRun(Room.AMPLE, body);
    }
  }

  private void mountAndRun(Room room, Body body) throws Exception {
    fileSystem = newFileSystem(machine, room);
    vfs = fileSystem.vfs();
    fileSystem.mount(Set.of());
    body.run();
    if (vfs.mounts().isEmpty()) {
      fileSystem.close();
      return;
    }
    assertThat(VfsChecks.violations(vfs)).as("references left").isEmpty();
    if (fileSystem.keepsFiles()) {
      Map<String, String> before = snapshot();
      vfs.unmountAll();
      fileSystem.mount(Set.of());
      assertThat(snapshot()).as("tree after unmount and mount").isEqualTo(before);
    }
    List<SuperBlock> mounted = vfs.mounts().stream().map(Mount::superBlock).toList();
    vfs.unmountAll();
    for (SuperBlock superBlock : mounted) {
      assertThat(superBlock.inodeCount()).as("inodes after unmount").isZero();
    }
    fileSystem.close();
  }

  // Helpers

  @FunctionalInterface
  protected interface Call {
    void run() throws ErrnoException;
  }

  protected static void assertErrno(Errno expected, Call call) {
    try {
      call.run();
    } catch (ErrnoException e) {
      assertThat(e.errno()).as(e.getMessage()).isEqualTo(expected);
      assertThat(e.getMessage()).startsWith(expected.name() + ": ").hasSizeGreaterThan(12);
      return;
    }
    fail("expected " + expected + ", the call succeeded");
  }

  /** Runs a call as an ordinary user. */
  protected static void as(int uid, int gid, Call call) throws ErrnoException {
    as(new Credentials(uid, gid, Set.of(), 0022), call);
  }

  protected static void as(Credentials who, Call call) throws ErrnoException {
    TaskContext.current()
        .withCredentials(who)
        .call(() -> {
          call.run();
          return null;
        });
  }

  protected final OpenFile create(String path) throws ErrnoException {
    return vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.EXCLUSIVE, OpenFlag.READ_WRITE);
  }

  protected final void put(String path, String text) throws ErrnoException {
    put(path, text.getBytes(StandardCharsets.UTF_8));
  }

  protected final void put(String path, byte[] content) throws ErrnoException {
    OpenFile file = vfs.open(path, 0644, OpenFlag.CREATE, OpenFlag.TRUNCATE, OpenFlag.WRITE_ONLY);
    try {
      writeFully(file, content, 0);
    } finally {
      vfs.close(file);
    }
  }

  protected final void writeFully(OpenFile file, byte[] content, long position)
      throws ErrnoException {
    int done = 0;
    while (done < content.length) {
      MemorySegment rest = MemorySegment.ofArray(content).asSlice(done);
      done += vfs.pwrite(file, rest, position + done);
    }
  }

  protected final byte[] bytes(String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      return bytes(file);
    } finally {
      vfs.close(file);
    }
  }

  protected final byte[] bytes(OpenFile file) throws ErrnoException {
    byte[] content = new byte[(int) vfs.fstat(file).size()];
    int done = 0;
    while (done < content.length) {
      int count = vfs.pread(file, MemorySegment.ofArray(content).asSlice(done), done);
      if (count == 0) {
        return Arrays.copyOf(content, done);
      }
      done += count;
    }
    return content;
  }

  protected final String text(String path) throws ErrnoException {
    return new String(bytes(path), StandardCharsets.UTF_8);
  }

  /** The names in a directory without "." and "..", sorted. */
  protected final List<String> names(String directory) throws ErrnoException {
    return entries(directory).stream()
        .map(entry -> entry.name().toString())
        .filter(name -> !name.equals(".") && !name.equals(".."))
        .sorted()
        .toList();
  }

  protected final List<DirectoryEntry> entries(String directory) throws ErrnoException {
    OpenFile file = vfs.open(directory, OpenFlag.DIRECTORY);
    try {
      List<DirectoryEntry> all = new ArrayList<>();
      List<DirectoryEntry> some = vfs.getdents(file, 100);
      while (!some.isEmpty()) {
        all.addAll(some);
        some = vfs.getdents(file, 100);
      }
      return all;
    } finally {
      vfs.close(file);
    }
  }

  protected static byte[] pattern(int length, int seed) {
    byte[] bytes = new byte[length];
    new java.util.Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Every path with what stat and its content tell, times aside from the modification's. */
  protected final Map<String, String> snapshot() throws ErrnoException {
    Map<String, String> tree = new TreeMap<>();
    collect("/", tree);
    return tree;
  }

  private void collect(String path, Map<String, String> tree) throws ErrnoException {
    Attributes attributes = vfs.lstat(path);
    String content =
        switch (attributes.type()) {
          case REGULAR -> "content " + contentOf(path, attributes);
          case SYMBOLIC_LINK -> "to " + vfs.readlink(path);
          default -> "device " + attributes.specialDevice();
        };
    tree.put(
        path,
        "mode %o links %d owner %d:%d size %d modified %s %s"
            .formatted(
                attributes.mode(),
                attributes.links(),
                attributes.uid(),
                attributes.gid(),
                attributes.type() == FileType.DIRECTORY ? 0 : attributes.size(),
                attributes.modificationTime(),
                content));
    if (attributes.type() == FileType.DIRECTORY) {
      for (String name : names(path)) {
        collect(path.equals("/") ? "/" + name : path + "/" + name, tree);
      }
    }
  }

  private String contentOf(String path, Attributes attributes) throws ErrnoException {
    if (attributes.size() > 1 << 24) {
      return "large";
    }
    return Integer.toHexString(Arrays.hashCode(bytes(path)));
  }
}
