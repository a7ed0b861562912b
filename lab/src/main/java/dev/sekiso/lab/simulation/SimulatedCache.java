package dev.sekiso.lab.simulation;

/** A cache that carries out a trace's requests and counts hits. */
interface SimulatedCache {

  /** Carries out some of the trace's requests, by number; each comes once and in order. */
  void run(int from, int to);

  /** Requests so far that were hits. */
  long hits();
}
