package dev.sekiso.writeback;

import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.writeback.TestVolume.TestInode;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A page cache that counts pages and has none, so that machines of any size can be tried: files are
 * dirtied and written in units of so many pages, like large folios, and a unit is one transfer of
 * the disk.
 */
final class CountedPages {

  private final Machine machine;
  private final TestDisk disk;
  private final long memoryPages;
  private final int unit;
  private final AtomicLong ids = new AtomicLong();

  /**
   * @param memoryPages all of which may become dirty
   * @param unit pages of a transfer
   */
  CountedPages(Machine machine, TestDisk disk, long memoryPages, int unit) {
    this.machine = machine;
    this.disk = disk;
    this.memoryPages = memoryPages;
    this.unit = unit;
  }

  MemoryStatus memory() {
    return new MemoryStatus(memoryPages, memoryPages, 0, 0, 0, 0);
  }

  /** Makes address spaces, and can do nothing else. */
  PageCache cache() {
    return proxy(
        PageCache.class,
        (self, method, arguments) ->
            switch (method.getName()) {
              case "newAddressSpace" -> newFile(arguments[0], (DirtyListener) arguments[2]);
              case "toString" -> "counted pages";
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  /** Dirties one unit more of a file, as a write call does. */
  void dirty(TestInode file) {
    ((CountedFile) Proxy.getInvocationHandler(file.mapping)).dirtyOne();
  }

  private AddressSpace newFile(Object host, DirtyListener listener) {
    CountedFile file = new CountedFile(host, listener);
    file.self = proxy(AddressSpace.class, file);
    return file.self;
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** What writeback asks of an address space. */
  private final class CountedFile implements InvocationHandler {
    private final Object host;
    private final DirtyListener listener;
    private final long id = ids.incrementAndGet();
    private final Errseq errors = new Errseq();
    private final AtomicLong dirty = new AtomicLong();
    private final AtomicLong writeback = new AtomicLong();
    private AddressSpace self;

    CountedFile(Object host, DirtyListener listener) {
      this.host = host;
      this.listener = listener;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) {
      return switch (method.getName()) {
        case "id" -> id;
        case "host" -> host;
        case "errors" -> errors;
        case "dirtyPages" -> dirty.get();
        case "writebackPages" -> writeback.get();
        case "writePages" -> {
          write((WritebackControl) arguments[0]);
          yield null;
        }
        case "waitForWriteback" -> {
          disk.drain();
          yield null;
        }
        case "close" -> {
          listener.cleaned(self, (int) dirty.getAndSet(0));
          yield null;
        }
        case "hashCode" -> (int) id;
        case "equals" -> proxy == arguments[0];
        case "toString" -> "counted file " + id;
        default -> throw new UnsupportedOperationException(method.toString());
      };
    }

    void dirtyOne() {
      dirty.addAndGet(unit);
      listener.dirtied(self, unit);
      machine.spendProcessorTime(unit * ThrottleExperiment.NANOS_PER_STORE);
      listener.balance(self, unit);
    }

    private void write(WritebackControl control) {
      boolean insists = control.syncMode() == WritebackControl.SyncMode.ALL;
      while (dirty.get() > 0 && (insists || control.pagesLeft() > 0)) {
        dirty.addAndGet(-unit);
        listener.cleaned(self, unit);
        writeback.addAndGet(unit);
        listener.writebackStarted(self, unit);
        control.pagesWritten(unit);
        disk.write(
            () -> {},
            errno -> {
              writeback.addAndGet(-unit);
              listener.writebackEnded(self, unit);
            });
      }
    }
  }
}
