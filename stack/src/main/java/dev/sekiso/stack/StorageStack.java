package dev.sekiso.stack;

import dev.sekiso.aio.CompletionEngine;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.Tunable;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.writeback.Writeback;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The layers of a file-access path, put together: open files on top, devices below, one machine
 * under all.
 *
 * <pre>{@code
 * try (StorageStack stack =
 *     StorageStack.builder().device("file:disk.img").scheduler("mq-deadline").build()) {
 *   stack.vfs()...
 * }
 * }</pre>
 *
 * <p>In virtual time everything that waits has to run on the simulated machine; {@link Builder#run}
 * takes care of that and works the same on every machine:
 *
 * <pre>{@code
 * Outcome<Integer> outcome =
 *     StorageStack.builder().simulated(42).device("nvme:8g").run(stack -> ...);
 * }</pre>
 */
public final class StorageStack implements AutoCloseable {

  private final Assembly assembly;

  StorageStack(Assembly assembly) {
    this.assembly = assembly;
  }

  /** Starts describing a stack; without further words it is ramfs on the profile's choices. */
  public static Builder builder() {
    return new Builder();
  }

  /** The machine all layers run on. */
  public Machine machine() {
    return assembly.machine();
  }

  /** What the stack was built from. */
  public StackSettings settings() {
    return assembly.settings();
  }

  /** The system calls. */
  public Vfs vfs() {
    return assembly.vfs();
  }

  /** The page cache. */
  public PageCache pageCache() {
    return assembly.pageCache();
  }

  /**
   * The memory of a new process, into which files of this stack can be mapped. Close it before the
   * stack: what is mapped keeps its file system from being unmounted.
   */
  public ProcessMemory newMemory() {
    return assembly.newMemory();
  }

  /** Dirty pages, and who writes them. */
  public Writeback writeback() {
    return assembly.writeback();
  }

  /**
   * Controls a group's memory and gives it writeback of its own: what tasks of the group do from
   * now on counts against the limits of what is returned. Groups are created from the top down.
   *
   * @throws IllegalArgumentException for the root, or if it is controlled already
   */
  public MemoryGroup createGroup(Cgroup cgroup) {
    return assembly.groups().create(cgroup);
  }

  /**
   * The group of a path such as {@code /db/readers}; it and those above it are created where they
   * are not there yet, as {@code mkdir -p} does. Tasks enter it by {@link MemoryGroup#cgroup}.
   *
   * @throws ConfigurationException when the path names no group below the root
   */
  public MemoryGroup createGroup(String path) {
    return assembly.groups().create(path);
  }

  /**
   * The group of a path, as the configuration or somebody else has made it.
   *
   * @throws ConfigurationException naming the groups there are when there is none of that path
   */
  public MemoryGroup group(String path) {
    return assembly.groups().find(path);
  }

  /** Every group but the root, those above before those below. */
  public List<MemoryGroup> groups() {
    return assembly.groups().all();
  }

  /**
   * The counterpart of {@link #createGroup}: its pages, and what is dirty of it, go to the group
   * above. Groups below it have to be removed first.
   *
   * @throws IllegalArgumentException if it is not controlled, or has groups below it
   */
  public void removeGroup(Cgroup cgroup) {
    assembly.groups().remove(cgroup);
  }

  /** POSIX asynchronous I/O. */
  public PosixAio aio() {
    return assembly.aio();
  }

  /** What stands under {@link #aio}, for other faces of asynchronous I/O. */
  public CompletionEngine completions() {
    return assembly.completions();
  }

  /**
   * A device by its name.
   *
   * @throws ConfigurationException naming the devices there are when there is none of that name
   */
  public BlockDevice device(String name) {
    BlockDevice device = devices().get(name);
    if (device == null) {
      throw StackCatalog.unknown("device", name, devices().keySet());
    }
    return device;
  }

  /** All devices by name, in the order they were named. */
  public Map<String, BlockDevice> devices() {
    return assembly.devices();
  }

  /** What all layers have counted up to now. */
  public StackCounters counters() {
    return assembly.counters();
  }

  /**
   * What {@code /sys/block/NAME/queue} has, of every device and the devices below it: {@code
   * sda/nr_requests}, {@code sda/iosched/fifo_batch}.
   */
  public Map<String, Tunable> tunables() {
    return assembly.tunables();
  }

  /**
   * Changes a setting on the running stack: those that say {@link Setting.Change#LIVE}, by the
   * kernel's name; {@link #tunables}; and a device's scheduler, as {@code sda/scheduler}. {@code
   * scheduler}, {@code nr_requests} and {@code read_ahead_kb} without a device are those of every
   * queue. Of a control group that is there, what {@link StackSettings#describeGroups} has, as
   * {@code memory.max./db}.
   *
   * @throws ConfigurationException when the key is unknown, cannot be changed live, or the value is
   *     out of range; nothing has changed then
   */
  public void set(String key, String value) throws ErrnoException {
    assembly.set(key, value);
  }

  /** {@code sync(2)}: everything dirty goes to the devices, and their caches are flushed. */
  public void sync() throws ErrnoException {
    assembly.sync();
  }

  /**
   * Unmounts everything, which syncs it, and releases every layer from the top down. Idempotent.
   *
   * @throws ErrnoException the first thing that failed, later ones suppressed in it; everything is
   *     released all the same
   */
  @Override
  public void close() throws ErrnoException {
    assembly.close();
  }

  /**
   * Says what a stack is to be. Every choice is also a configuration key ({@link #set}); what is
   * said later wins over what was said before, and both over {@linkplain #configuration files} and
   * the profile. Nothing is checked or opened before {@link #build} or {@link #run}. Not for use by
   * two tasks at once; may be used again to build another stack alike.
   */
  public static final class Builder {

    private final Blueprint blueprint = new Blueprint();

    private Builder() {}

    /** The named set of choices to start from; {@code linux-6.18} by default. */
    public Builder profile(String name) {
      return set("profile", name);
    }

    /** Reads keys from a file; several files apply in the order given. */
    public Builder configuration(Path file) {
      blueprint.configuration(file);
      return this;
    }

    /** Sets any key of {@link StackSettings#describe}. */
    public Builder set(String key, String value) {
      blueprint.set(key, value);
      return this;
    }

    /** The machine by name, as {@code system} or {@code simulated?seed=42}. */
    public Builder machine(String selection) {
      return set("machine", selection);
    }

    /**
     * Runs on a machine that exists. The stack does not close it; on a simulated one {@link #build}
     * and everything after has to be called by a task of it.
     */
    public Builder machine(Machine machine) {
      blueprint.machine(machine);
      return this;
    }

    /** Virtual time, with all choices of the machine drawn from the seed. */
    public Builder simulated(long seed) {
      return machine("simulated?seed=" + seed);
    }

    /**
     * Where tracepoints of all layers go. Of no use with a {@linkplain #machine(Machine) machine
     * that exists}, which has its tracer already: building is then refused.
     */
    public Builder tracer(Tracer tracer) {
      blueprint.tracer(tracer);
      return this;
    }

    /**
     * Adds a device under the first name of sda, sdb, … that no file and nobody before has given
     * away.
     */
    public Builder device(String address) {
      blueprint.device(address);
      return this;
    }

    /** Adds a device, or gives the device of that name another address. */
    public Builder device(String name, String address) {
      return set("device." + name, address);
    }

    /** The I/O scheduler of every device. */
    public Builder scheduler(String selection) {
      return set("scheduler", selection);
    }

    /** The replacement policy. */
    public Builder replacement(String selection) {
      return set("replacement", selection);
    }

    /** The readahead policy. */
    public Builder readahead(String selection) {
      return set("readahead", selection);
    }

    /** The dirty throttle. */
    public Builder throttle(String selection) {
      return set("throttle", selection);
    }

    /** The flusher. */
    public Builder flusher(String selection) {
      return set("flusher", selection);
    }

    /**
     * Exchanges a whole layer: {@code pagecache}, {@code writeback}, {@code blockqueue}, {@code
     * aio}.
     */
    public Builder layer(String layer, String name) {
      return set("layer." + layer, name);
    }

    /** Memory of the page cache, as {@code 256m}. */
    public Builder memory(String size) {
      return set("memory", size);
    }

    /** File system of the first device, as {@code ext2} or {@code ext2?block_size=1k}. */
    public Builder fileSystem(String selection) {
      return set("filesystem", selection);
    }

    /** Where the first device's file system is mounted; {@code /} by default. */
    public Builder mountAt(String path) {
      return set("mountpoint", path);
    }

    /** Mounts another file system, as {@code ext2:sdb} or {@code ramfs}. */
    public Builder mount(String path, String selection) {
      return set("mount." + path, selection);
    }

    /** Whether devices are formatted before they are mounted; if they are blank by default. */
    public Builder format(Format when) {
      return set("format", when.word());
    }

    /** Devices in memory start with what an earlier stack left behind ({@link Outcome#media}). */
    public Builder media(Map<String, Media> media) {
      blueprint.media(media);
      return this;
    }

    /** Adds a plugin that {@link java.util.ServiceLoader} does not find by itself. */
    public Builder plugin(StackPlugin plugin) {
      blueprint.plugin(plugin);
      return this;
    }

    /**
     * The names to choose from, loaded once and shared by many stacks; by default each stack loads
     * its own.
     */
    public Builder catalog(StackCatalog catalog) {
      blueprint.catalog(catalog);
      return this;
    }

    /**
     * Builds the stack. What was opened is released again when building fails.
     *
     * @throws ConfigurationException when something asked for does not exist or cannot be
     * @throws ErrnoException when a device cannot be opened or a file system not be mounted
     * @throws IllegalStateException when the machine is simulated and the caller is not one of its
     *     tasks: use {@link #run}; or when both a machine that exists and a tracer are given
     */
    public StorageStack build() throws ErrnoException {
      return blueprint.build();
    }

    /**
     * Builds the stack, runs the task on its machine, syncs and closes the stack. The obvious way
     * on a simulated machine, and the same on a real one.
     *
     * @return what the task returned, or that the power was cut
     * @throws X what the task threw, after the stack was closed
     * @throws ErrnoException when building or closing failed
     */
    public <T, X extends Exception> Outcome<T> run(StackTask<T, X> task) throws X, ErrnoException {
      return blueprint.run(task);
    }
  }

  /** Whether a device is formatted before its file system is mounted. */
  public enum Format {
    /** When the places where file systems keep their super blocks hold only zeroes. */
    IF_BLANK("if-blank"),
    ALWAYS("always"),
    NEVER("never");

    private final String word;

    Format(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }
}
