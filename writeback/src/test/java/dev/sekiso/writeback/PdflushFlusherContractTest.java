package dev.sekiso.writeback;

import dev.sekiso.writeback.flusher.PdflushFlusher;

final class PdflushFlusherContractTest extends FlusherContract {

  @Override
  protected Flusher newFlusher() {
    return new PdflushFlusher();
  }

  @Override
  protected Initiative initiative() {
    return Initiative.OWN;
  }
}
