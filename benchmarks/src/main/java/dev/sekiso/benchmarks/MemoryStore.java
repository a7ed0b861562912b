package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.WritebackControl;
import java.lang.foreign.MemorySegment;

/** Pages that live in a segment of memory, and take no way there but a copy; writes go nowhere. */
record MemoryStore(MemorySegment memory) implements AddressSpaceOperations {

  @Override
  public long size() {
    return memory.byteSize();
  }

  @Override
  public void readFolio(Folio folio) {
    MemorySegment.copy(memory, folio.position(), folio.data(), 0, folio.size());
    folio.endRead(null);
  }

  @Override
  public void writeBegin(Folio folio, long position, int length) {
    if (!folio.isUpToDate()) {
      MemorySegment.copy(memory, folio.position(), folio.data(), 0, folio.size());
      folio.markUpToDate();
    }
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {
    folio.markDirty();
  }

  @Override
  public void writePages(AddressSpace mapping, WritebackControl control) throws ErrnoException {
    mapping.writeDirty(
        control,
        folio -> {
          folio.startWriteback();
          folio.unlock();
          folio.endWriteback(null);
        });
  }
}
