package dev.sekiso.writeback;

import dev.sekiso.writeback.flusher.ManualFlusher;

final class ManualFlusherContractTest extends FlusherContract {

  @Override
  protected Flusher newFlusher() {
    return new ManualFlusher();
  }

  @Override
  protected Initiative initiative() {
    return Initiative.NONE;
  }
}
