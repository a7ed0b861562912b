package dev.sekiso.stack;

import com.google.inject.TypeLiteral;
import dev.sekiso.aio.AioSettings;
import dev.sekiso.aio.CompletionEngine;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.SchedulerHost;
import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.pagecache.msync.MsyncPolicy;
import dev.sekiso.pagecache.readahead.ReadaheadPolicy;
import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.Flusher;
import dev.sekiso.writeback.Writeback;
import dev.sekiso.writeback.WritebackSettings;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Every place where something is chosen by name, and for each the kind of object that makes what is
 * chosen. {@code Values} are always the checked values of the parameters that the choice declares.
 */
public final class Seams {

  /** Makes a machine. */
  @FunctionalInterface
  public interface MachineFactory {
    Machine create(Tracer tracer, Values parameters);
  }

  /** Makes a page cache. */
  @FunctionalInterface
  public interface PageCacheFactory {
    PageCache create(Machine machine, PageCacheSettings settings);
  }

  /** Makes a readahead policy; one serves a whole page cache. */
  @FunctionalInterface
  public interface ReadaheadFactory {
    ReadaheadPolicy create(Values parameters);
  }

  /** Makes a replacement policy; one serves a whole page cache. */
  @FunctionalInterface
  public interface ReplacementFactory {
    ReplacementPolicy create(PageView pages, Values parameters);
  }

  /** Makes what stands before a driver and takes its bios. */
  @FunctionalInterface
  public interface BlockQueueFactory {
    BlockDevice create(
        Machine machine, String name, BlockDriver driver, IoScheduler.Factory scheduler);
  }

  /** Makes an I/O scheduler; each queue has its own. */
  @FunctionalInterface
  public interface SchedulerFactory {
    IoScheduler create(SchedulerHost host, Values parameters);
  }

  /** Opens a driver. */
  @FunctionalInterface
  public interface DriverFactory {
    BlockDriver open(DriverRequest request) throws ErrnoException;
  }

  /**
   * What a driver is opened with.
   *
   * @param name of the device, for messages
   * @param argument what stands behind the colon of its address, {@code disk.img}
   * @param media gives contents that outlive the stack, made at first use, by size in bytes; always
   *     the same for one device
   */
  public record DriverRequest(
      Machine machine,
      String name,
      String argument,
      Values parameters,
      LongFunction<Media> media) {}

  /** Makes a device over other devices. */
  @FunctionalInterface
  public interface TargetFactory {
    BlockDevice create(TargetRequest request) throws ErrnoException;
  }

  /**
   * What a target is made with.
   *
   * @param inner the devices below; the target closes them when it is closed
   */
  public record TargetRequest(
      Machine machine, String name, List<BlockDevice> inner, Values parameters) {}

  /** Makes what {@code msync} does; one serves all processes. */
  @FunctionalInterface
  public interface MsyncFactory {
    MsyncPolicy create(Values parameters);
  }

  /** Makes a writeback layer. */
  @FunctionalInterface
  public interface WritebackFactory {
    Writeback create(
        Machine machine,
        Supplier<MemoryStatus> memory,
        WritebackSettings settings,
        Flusher flusher,
        DirtyThrottle throttle);
  }

  /** Makes a flusher; one serves a whole writeback layer. */
  @FunctionalInterface
  public interface FlusherFactory {
    Flusher create(Values parameters);
  }

  /** Makes a dirty throttle; one serves a whole writeback layer. */
  @FunctionalInterface
  public interface ThrottleFactory {
    DirtyThrottle create(Machine machine, Values parameters);
  }

  /** Makes what carries asynchronous transfers out. */
  @FunctionalInterface
  public interface AioFactory {
    CompletionEngine create(Machine machine, Vfs vfs, AioSettings settings);
  }

  /** What a device holds before it is formatted. */
  public enum Before {
    /** Anything: what has to be zero must be written. */
    ANYTHING,
    /** Zeroes alone: it is fresh. */
    ZEROES
  }

  /** Makes a kind of file system, and file systems of that kind. */
  public interface FileSystemFactory {

    FileSystemType create(FileSystemRequest request);

    /**
     * Makes an empty file system on a device.
     *
     * @throws ErrnoException EOPNOTSUPP unless it can
     */
    default void format(Machine machine, BlockDevice device, Before before, Values parameters)
        throws ErrnoException {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "no such file system can be made on " + device.name());
    }
  }

  /**
   * What a kind of file system is made with.
   *
   * @param devices the block devices as files, by the names that mounts use
   */
  public record FileSystemRequest(
      Machine machine, PageCache pageCache, BlockDeviceFileSystem devices) {}

  public static final Seam<PageCacheFactory> PAGE_CACHE =
      new Seam<>("pagecache", "layer.pagecache", "the page cache", new TypeLiteral<>() {});

  public static final Seam<ReadaheadFactory> READAHEAD =
      new Seam<>(
          "readahead",
          "readahead",
          "how much is read before it is asked for",
          new TypeLiteral<>() {});

  public static final Seam<ReplacementFactory> REPLACEMENT =
      new Seam<>(
          "replacement",
          "replacement",
          "which page leaves when memory is wanted",
          new TypeLiteral<>() {});

  public static final Seam<MsyncFactory> MSYNC =
      new Seam<>(
          "msync",
          "msync",
          "what msync does, and who knows of stores to mappings",
          new TypeLiteral<>() {});

  public static final Seam<WritebackFactory> WRITEBACK =
      new Seam<>("writeback", "layer.writeback", "the writeback layer", new TypeLiteral<>() {});

  public static final Seam<FlusherFactory> FLUSHER =
      new Seam<>(
          "flusher", "flusher", "who writes dirty pages back, and when", new TypeLiteral<>() {});

  public static final Seam<ThrottleFactory> THROTTLE =
      new Seam<>(
          "throttle",
          "throttle",
          "how long a task that dirties pages rests",
          new TypeLiteral<>() {});

  public static final Seam<AioFactory> AIO =
      new Seam<>("aio", "layer.aio", "the asynchronous-I/O layer", new TypeLiteral<>() {});

  public static final Seam<FileSystemFactory> FILE_SYSTEM =
      new Seam<>("filesystem", "filesystem", "a kind of file system", new TypeLiteral<>() {});

  public static final Seam<BlockQueueFactory> BLOCK_QUEUE =
      new Seam<>(
          "blockqueue", "layer.blockqueue", "what stands before a driver", new TypeLiteral<>() {});

  public static final Seam<SchedulerFactory> SCHEDULER =
      new Seam<>(
          "scheduler",
          "scheduler",
          "which request goes to the driver next",
          new TypeLiteral<>() {});

  public static final Seam<TargetFactory> TARGET =
      new Seam<>(
          "target",
          "",
          "a device over other devices: NAME(ADDRESS, …) in a device's address",
          new TypeLiteral<>() {});

  public static final Seam<DriverFactory> DRIVER =
      new Seam<>(
          "driver", "", "a device: NAME:ARGUMENT in a device's address", new TypeLiteral<>() {});

  public static final Seam<MachineFactory> MACHINE =
      new Seam<>("machine", "machine", "where time and tasks come from", new TypeLiteral<>() {});

  private static final List<Seam<?>> ALL =
      List.of(
          AIO,
          PAGE_CACHE,
          READAHEAD,
          REPLACEMENT,
          MSYNC,
          WRITEBACK,
          FLUSHER,
          THROTTLE,
          FILE_SYSTEM,
          BLOCK_QUEUE,
          SCHEDULER,
          TARGET,
          DRIVER,
          MACHINE);

  private Seams() {}

  /** All of them, in the order in which a request meets them, the machine last. */
  public static List<Seam<?>> all() {
    return ALL;
  }
}
