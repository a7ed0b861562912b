package dev.sekiso.stack;

import dev.sekiso.aio.AioSettings;
import dev.sekiso.aio.CompletionEngine;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.Tunable;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.filesystems.bdev.BlockDeviceTable;
import dev.sekiso.filesystems.memory.MemoryDevices;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.LargeFolios;
import dev.sekiso.pagecache.MemoryMapSettings;
import dev.sekiso.pagecache.MemoryMapSettings.NonLinear;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.pagecache.PageCacheSettings.ReclaimWrites;
import dev.sekiso.vfs.ErrorReporting;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsServices;
import dev.sekiso.vfs.VfsSettings;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.Flusher;
import dev.sekiso.writeback.Writeback;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The parts of one stack, from opening to closing.
 *
 * <p>Opened from the bottom up: machine, devices, page cache, writeback, VFS, mounts, asynchronous
 * I/O. Closed in the reverse order. Opening and closing happen in one task; what is in between may
 * be used by any.
 */
final class Assembly {

  private final StackCatalog catalog;
  private final StackSettings settings;
  private final boolean ownsMachine;
  private final Machine machine;
  private final Map<String, Media> media;
  private final Releases releases = new Releases();
  private final Devices devices;
  private PageCache pageCache;
  private MemoryMapSettings memory;
  private Writeback writeback;
  private ControlledGroups groups;
  private Vfs vfs;
  private CompletionEngine completions;
  private PosixAio aio;

  /**
   * @param existing the machine to run on, which is then not closed; null to make the one that the
   *     settings name
   */
  Assembly(
      StackCatalog catalog,
      StackSettings settings,
      Machine existing,
      Tracer tracer,
      Map<String, Media> media) {
    this.catalog = catalog;
    this.settings = settings;
    this.media = new HashMap<>(media);
    this.ownsMachine = existing == null;
    this.machine = ownsMachine ? newMachine(tracer) : existing;
    if (ownsMachine && machine instanceof SystemMachine system) {
      releases.add(system::close);
    }
    this.devices = new Devices(catalog, settings, machine, this.media);
  }

  private Machine newMachine(Tracer tracer) {
    return choose(Seams.MACHINE, (factory, parameters) -> factory.create(tracer, parameters));
  }

  /** Makes something of a factory and its parameters. */
  private interface Use<F, T> {
    T apply(F factory, Values parameters);
  }

  /** Finds what the settings choose at a seam; errors name who chose it. */
  private <F, T> T choose(Seam<F> seam, Use<F, T> use) {
    Selection selection = settings.selection(seam.key());
    try {
      Choice<F> choice = catalog.choice(seam, selection.name());
      return use.apply(choice.factory(), choice.values(selection));
    } catch (ConfigurationException e) {
      throw new ConfigurationException(
          settings.place(seam.key()) + ": " + seam.key() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens everything. When that fails, what was opened is released again.
   *
   * @throws PowerCut when the power goes meanwhile; {@link #abandon} is then for the caller
   */
  void assemble() throws ErrnoException {
    try {
      devices.open(releases);
      pageCache = newPageCache();
      releases.add(pageCache::close);
      memory = memorySettings();
      writeback = newWriteback();
      releases.add(writeback::close, Releases.Step.NOTHING);
      writeback.setCongestion(devices.congestion());
      groups = new ControlledGroups(catalog, pageCache, writeback, devices);
      groups.createAll(settings.groups());
      openFileSystems();
      setWritebackOfDevices();
      openAio();
    } catch (PowerCut e) {
      throw e;
    } catch (ErrnoException | RuntimeException | Error e) {
      try {
        releases.close();
      } catch (ErrnoException | RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private PageCache newPageCache() {
    int pages = Math.toIntExact(settings.number("memory") >> PageCache.PAGE_SHIFT);
    PageCacheSettings sizes =
        choose(
            Seams.READAHEAD,
            (readahead, parameters) ->
                PageCacheSettings.ofPages(pages)
                    .withLargeFolios(largeFolios())
                    .withReadahead(readahead.create(parameters)));
    PageCacheSettings policies =
        choose(
            Seams.REPLACEMENT,
            (replacement, parameters) ->
                sizes.withReplacement(view -> replacement.create(view, parameters)));
    return choose(
        Seams.PAGE_CACHE,
        (factory, parameters) ->
            factory.create(
                machine,
                policies
                    .withReclaimWrites(reclaimWrites())
                    .withCopyNanosPerPage(virtual("copy_nanos_per_page"))));
  }

  /** How processes' memory works. */
  private MemoryMapSettings memorySettings() {
    boolean inPlace = settings.text("remap_file_pages").equals("in-place");
    return choose(
        Seams.MSYNC,
        (factory, parameters) ->
            new MemoryMapSettings(
                factory.create(parameters),
                inPlace ? NonLinear.IN_PLACE : NonLinear.EMULATED,
                Math.toIntExact(Long.highestOneBit(settings.number("fault_around_bytes"))),
                Math.toIntExact(settings.number("max_map_count"))));
  }

  private ReclaimWrites reclaimWrites() {
    return switch (settings.text(StackSettings.RECLAIM_WRITES)) {
      case "background" -> ReclaimWrites.BACKGROUND;
      case "writers" -> ReclaimWrites.WRITERS;
      default -> ReclaimWrites.NEVER;
    };
  }

  private LargeFolios largeFolios() {
    return settings.text(StackSettings.LARGE_FOLIOS).equals("on")
        ? LargeFolios.ON
        : LargeFolios.OFF;
  }

  private ErrorReporting errorReporting() {
    return switch (settings.text(StackSettings.WRITEBACK_ERRORS)) {
      case "first-waiter" -> ErrorReporting.FIRST_WAITER;
      case "first-waiter-or-sync" -> ErrorReporting.FIRST_WAITER_OR_SYNC;
      default -> ErrorReporting.EACH_OPEN_FILE;
    };
  }

  private void openFileSystems() throws ErrnoException {
    BlockDeviceTable table = new BlockDeviceTable();
    Map<String, Long> numbers = new LinkedHashMap<>();
    devices.top().forEach((name, device) -> numbers.put(name, table.add(device)));
    BlockDeviceFileSystem files = new BlockDeviceFileSystem(table, pageCache);
    VfsSettings forVfs =
        VfsSettings.DEFAULT
            .withCallNanos(virtual("syscall_nanos"))
            .withErrorReporting(errorReporting());
    vfs = new Vfs(new VfsServices(machine, writeback, forVfs), new MemoryDevices(files));
    Map<String, FileSystemType> types = new HashMap<>();
    for (Choice<Seams.FileSystemFactory> choice : catalog.choices(Seams.FILE_SYSTEM)) {
      FileSystemType type =
          choice.factory().create(new Seams.FileSystemRequest(machine, pageCache, files));
      vfs.register(type);
      types.put(choice.name(), type);
    }
    releases.add(this::unmount, Releases.Step.NOTHING);
    new Mounts(catalog, settings, machine, devices.top(), types, vfs, devices::isFresh)
        .mountAll(numbers);
  }

  private Writeback newWriteback() {
    Flusher flusher = choose(Seams.FLUSHER, Seams.FlusherFactory::create);
    DirtyThrottle throttle =
        choose(Seams.THROTTLE, (factory, parameters) -> factory.create(machine, parameters));
    return choose(
        Seams.WRITEBACK,
        (factory, parameters) ->
            factory.create(
                machine, pageCache::memory, WritebackKeys.settings(settings), flusher, throttle));
  }

  /** What counts from when a device is attached to writeback, which mounting does. */
  private void setWritebackOfDevices() {
    for (StackSettings.DeviceSetting setting : settings.deviceSettings()) {
      if (WritebackKeys.isOfDevice(setting.name())) {
        try {
          WritebackKeys.set(writeback, setting.device(), setting.name(), setting.value());
        } catch (ConfigurationException e) {
          throw new ConfigurationException(setting.place() + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private void openAio() {
    AioSettings sizes =
        new AioSettings(
            Math.toIntExact(settings.number("aio_workers")),
            Math.toIntExact(settings.number("aio_max_nr")));
    completions = choose(Seams.AIO, (factory, parameters) -> factory.create(machine, vfs, sizes));
    aio = new PosixAio(machine, completions);
    releases.add(aio::close, Releases.Step.NOTHING);
  }

  /** A file left open keeps its file system from being unmounted; what it holds is not lost. */
  private void unmount() throws ErrnoException {
    vfs.sync();
    vfs.unmountAll();
  }

  /** A cost in virtual time; in real time things take what they take. */
  private long virtual(String key) {
    return machine instanceof SimulatedMachine ? settings.number(key) : 0;
  }

  boolean ownsMachine() {
    return ownsMachine;
  }

  Machine machine() {
    return machine;
  }

  StackSettings settings() {
    return settings;
  }

  PageCache pageCache() {
    return pageCache;
  }

  Vfs vfs() {
    return vfs;
  }

  ProcessMemory newMemory() {
    return new ProcessMemory(vfs, pageCache.newMemoryMap(memory));
  }

  Writeback writeback() {
    return writeback;
  }

  ControlledGroups groups() {
    return groups;
  }

  CompletionEngine completions() {
    return completions;
  }

  PosixAio aio() {
    return aio;
  }

  Map<String, BlockDevice> devices() {
    return Collections.unmodifiableMap(devices.top());
  }

  Map<String, Tunable> tunables() {
    return devices.tunables();
  }

  Map<String, Media> media() {
    return Map.copyOf(media);
  }

  StackCounters counters() {
    return new StackCounters(
        machine.nanoTime(),
        pageCache.counters(),
        pageCache.memory(),
        writeback.counters(),
        writeback.devices(),
        devices.counters(),
        groups.counters());
  }

  void set(String key, String value) throws ErrnoException {
    Optional<GroupKeys.Key> group = GroupKeys.parse(key);
    if (group.isPresent()) {
      groups.set(group.get(), value);
      return;
    }
    StackSettings.refuseUnknownPath(key);
    int slash = key.indexOf('/');
    if (slash > 0 && WritebackKeys.isOfDevice(key.substring(slash + 1))) {
      WritebackKeys.set(writeback, key.substring(0, slash), key.substring(slash + 1), value);
      return;
    }
    if (slash > 0) {
      devices.set(key.substring(0, slash), key.substring(slash + 1), value);
      return;
    }
    Setting setting = StackSettings.live(catalog.settings(), key);
    if (Devices.isQueueSetting(setting.name())) {
      devices.setAll(setting.name(), value);
    } else {
      WritebackKeys.set(writeback, setting, value);
    }
  }

  void sync() throws ErrnoException {
    vfs.sync();
  }

  /** Ends everything in order; if the machine is dead, gives back what belongs to the host. */
  void close() throws ErrnoException {
    if (!machine.powered()) {
      abandon();
      return;
    }
    try {
      releases.close();
    } catch (PowerCut e) {
      if (machine instanceof SimulatedMachine) {
        throw e;
      }
      abandon();
    }
  }

  /** Gives back what belongs to the host; for when the machine is dead. */
  void abandon() throws ErrnoException {
    releases.abandon();
  }
}
