package dev.sekiso.writeback;

import dev.sekiso.writeback.flusher.PerBdiFlusher;

final class PerBdiFlusherContractTest extends FlusherContract {

  @Override
  protected Flusher newFlusher() {
    return new PerBdiFlusher();
  }

  @Override
  protected Initiative initiative() {
    return Initiative.OWN;
  }
}
