package dev.sekiso.stack;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Tracer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a builder was told, and how it becomes a stack. */
final class Blueprint {

  private static final String OPTION = "option";
  private static final String DEVICE = "device.";

  /** Stands for {@code device.} and the first name that is free when a stack is built. */
  private static final String NEXT_DEVICE = DEVICE;

  private final List<Path> files = new ArrayList<>();
  private final List<Configuration.Entry> options = new ArrayList<>();
  private final List<StackPlugin> plugins = new ArrayList<>();
  private Machine machine;
  private Tracer tracer = Tracer.NONE;
  private Map<String, Media> media = Map.of();
  private StackCatalog catalog;

  void configuration(Path file) {
    files.add(file);
  }

  void set(String key, String value) {
    options.add(new Configuration.Entry(key, value, OPTION));
  }

  void device(String address) {
    set(NEXT_DEVICE, address);
  }

  /** sda to sdz, sdaa to sdzz and so on ({@code sd_format_disk_name}). */
  static String deviceName(int index) {
    StringBuilder letters = new StringBuilder();
    for (int left = index; left >= 0; left = left / 26 - 1) {
      letters.insert(0, (char) ('a' + left % 26));
    }
    return "sd" + letters;
  }

  void machine(Machine existing) {
    machine = existing;
  }

  void tracer(Tracer listener) {
    tracer = listener;
  }

  void media(Map<String, Media> earlier) {
    media = earlier;
  }

  void plugin(StackPlugin plugin) {
    plugins.add(plugin);
  }

  void catalog(StackCatalog shared) {
    catalog = shared;
  }

  private StackCatalog resolveCatalog() {
    if (catalog != null && plugins.isEmpty()) {
      return catalog;
    }
    return StackCatalog.load(plugins);
  }

  private StackSettings resolveSettings(StackCatalog known) {
    List<Configuration.Entry> said = new ArrayList<>();
    for (Path file : files) {
      said.addAll(Configuration.read(file).entries());
    }
    said.addAll(options);
    nameDevices(said);
    String profile = Profiles.DEFAULT;
    for (Configuration.Entry entry : said) {
      if (entry.key().equals("profile")) {
        profile = entry.value();
      }
    }
    List<Configuration.Entry> all = new ArrayList<>(Profiles.load(profile).entries());
    all.addAll(said);
    return StackSettings.resolve(known.settings(), all);
  }

  /** Gives each device without a name the first one that nobody said before it. */
  private static void nameDevices(List<Configuration.Entry> said) {
    Set<String> taken = new HashSet<>();
    int next = 0;
    for (int i = 0; i < said.size(); i++) {
      Configuration.Entry entry = said.get(i);
      if (entry.key().equals(NEXT_DEVICE) && entry.place().equals(OPTION)) {
        while (taken.contains(DEVICE + deviceName(next))) {
          next++;
        }
        entry = new Configuration.Entry(DEVICE + deviceName(next), entry.value(), entry.place());
        said.set(i, entry);
      }
      taken.add(entry.key());
    }
  }

  StorageStack build() throws ErrnoException {
    Assembly assembly = prepare();
    if (assembly.ownsMachine() && assembly.machine() instanceof SimulatedMachine) {
      throw new IllegalStateException(
          "in virtual time a stack is built by a task of its machine: use run(stack -> …) instead"
              + " of build(), or give machine(…) and call build() inside its run");
    }
    try {
      assembly.assemble();
    } catch (PowerCut e) {
      if (assembly.ownsMachine()) {
        assembly.abandon();
      }
      throw e;
    }
    return new StorageStack(assembly);
  }

  <T, X extends Exception> Outcome<T> run(StackTask<T, X> task) throws X, ErrnoException {
    Assembly assembly = prepare();
    Machine where = assembly.machine();
    Outcome<T> outcome = null;
    try {
      outcome =
          where instanceof SimulatedMachine simulated
              ? simulated.<Outcome<T>, Exception>run(() -> perform(assembly, task))
              : perform(assembly, task);
    } catch (PowerCut e) {
      if (where.powered()) {
        throw e;
      }
    } catch (Exception e) {
      throw Blueprint.<X>undeclared(e);
    } finally {
      if (outcome == null) {
        assembly.abandon();
      }
    }
    return outcome != null ? outcome : new Outcome.PowerLost<>(where.nanoTime(), assembly.media());
  }

  private <T, X extends Exception> Outcome<T> perform(Assembly assembly, StackTask<T, X> task)
      throws X, ErrnoException {
    assembly.assemble();
    T value;
    StackCounters counters;
    try {
      value = task.run(new StorageStack(assembly));
      assembly.sync();
      counters = assembly.counters();
    } catch (PowerCut e) {
      throw e;
    } catch (Throwable e) {
      try {
        assembly.close();
      } catch (ErrnoException | RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
    long nanos = assembly.machine().nanoTime();
    assembly.close();
    return new Outcome.Completed<>(value, nanos, assembly.media(), counters);
  }

  /** What {@link #perform} throws is X, an ErrnoException, or unchecked; only the lambda hid it. */
  @SuppressWarnings("unchecked")
  private static <X extends Exception> X undeclared(Exception e) throws ErrnoException {
    switch (e) {
      case ErrnoException errno -> throw errno;
      case RuntimeException unchecked -> throw unchecked;
      default -> {
        return (X) e;
      }
    }
  }

  private Assembly prepare() {
    if (machine != null && tracer != Tracer.NONE && tracer != machine.tracer()) {
      throw new IllegalStateException(
          "the machine that was given has a tracer from its making; give the tracer to it, as in"
              + " SimulatedMachine.builder(seed).tracer(tracer), and not to the stack");
    }
    StackCatalog known = resolveCatalog();
    StackSettings settings = resolveSettings(known);
    return new Assembly(known, settings, machine, tracer, media);
  }
}
