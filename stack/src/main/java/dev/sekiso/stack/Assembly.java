package dev.sekiso.stack;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.PageCache;
import java.util.Map;

/** The parts of one stack, from opening to closing. */
final class Assembly {

  private final StackCatalog catalog;
  private final StackSettings settings;
  private final Machine machine;
  private final Media media;

  Assembly(
      StackCatalog catalog, StackSettings settings, Machine machine, Tracer tracer, Media media) {
    this.catalog = catalog;
    this.settings = settings;
    this.media = media;
    this.machine = machine != null ? machine : newMachine(tracer);
  }

  private Machine newMachine(Tracer tracer) {
    Selection selection = settings.selection("machine");
    Choice<MachineFactory> choice = catalog.choice(Seams.MACHINE, selection.name());
    return choice.factory().create(choice.values(selection), tracer);
  }

  void assemble() throws ErrnoException {}

  Machine machine() {
    return machine;
  }

  StackSettings settings() {
    return settings;
  }

  PageCache pageCache() {
    throw new UnsupportedOperationException();
  }

  Map<String, BlockDevice> devices() {
    return Map.of();
  }

  StackCounters counters() {
    throw new UnsupportedOperationException();
  }

  void set(String key, String value) throws ErrnoException {}

  void sync() throws ErrnoException {}

  boolean ownsMachine() {
    return true;
  }

  Media media() {
    return media;
  }

  void abandon() throws ErrnoException {}

  void close() throws ErrnoException {}
}
