package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Request;

/** How a modelled disk spends time; every method is called with the driver's lock held. */
interface Mechanism {

  /** What a mechanism asks of its driver. */
  interface Host {

    long now();

    WriteBuffer buffer();

    /** Does something at a time, with the lock held. */
    void at(long nanos, Runnable action);

    /** Ends a request at a time; a read gets its data then. */
    void completeAt(long nanos, Request request);
  }

  /** Takes a request from the queue. */
  void accept(Request request);

  /** The power fails: what is half on the media stays so. */
  default void powerLost() {}
}
