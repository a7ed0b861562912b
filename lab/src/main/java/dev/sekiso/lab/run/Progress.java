package dev.sekiso.lab.run;

import java.util.concurrent.atomic.AtomicLong;

/** How far a run has come, to be looked at by anybody at any time. */
public final class Progress {

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong transfers = new AtomicLong();

  /** Bytes read and written so far. */
  public long bytes() {
    return bytes.get();
  }

  /** Reads and writes ended so far. */
  public long transfers() {
    return transfers.get();
  }

  void add(long transferred) {
    bytes.addAndGet(transferred);
    transfers.incrementAndGet();
  }
}
