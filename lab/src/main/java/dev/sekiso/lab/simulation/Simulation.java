package dev.sekiso.lab.simulation;

import dev.sekiso.pagecache.replacement.Belady;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.stack.ConfigurationException;
import dev.sekiso.stack.StackCatalog;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One trace under several policies with several capacities.
 *
 * @param requests in the trace
 * @param pages different ones in it
 * @param results policy by policy, each with its capacities in the order given
 */
public record Simulation(long requests, long pages, List<Result> results) {

  /** The policy that knows the future: the bound for all others. */
  public static final String OPTIMUM = "belady";

  /** Requests between two reports of progress. */
  private static final int STRIDE = 1 << 20;

  public Simulation {
    results = List.copyOf(results);
  }

  /**
   * What one policy did.
   *
   * @param policy as it was asked for
   * @param capacity pages
   * @param requests in the trace
   * @param hits requests whose page was resident
   * @param nanos processor time it took, so that a busy machine does not count
   */
  public record Result(String policy, int capacity, long requests, long hits, long nanos) {

    /** 0 to 1. */
    public double hitRatio() {
      return (double) hits / requests;
    }

    public double requestsPerSecond() {
      return requests * 1e9 / Math.max(1, nanos);
    }
  }

  /** Hears how far it has come. */
  @FunctionalInterface
  public interface Listener {
    /**
     * So much is done.
     *
     * @param policy at work
     * @param capacity with which
     * @param done share of the whole, 0 to 1
     */
    void progressed(String policy, int capacity, double done);
  }

  /** Whether this is the bound, which no policy can be said to have reached by its own merit. */
  public static boolean isOptimum(String policy) {
    return policy.equals(OPTIMUM);
  }

  /** All policies that can be simulated, the optimum last. */
  public static List<String> policies(StackCatalog catalog) {
    return Stream.concat(catalog.replacements().stream(), Stream.of(OPTIMUM)).toList();
  }

  /**
   * Runs all policies with all capacities.
   *
   * @param policies by name, with parameters as a stack takes them, or {@link #OPTIMUM}
   * @param capacities pages, at least 1
   * @throws ConfigurationException when there is no such policy, before anything is run
   */
  public static Simulation run(
      StackCatalog catalog,
      Trace trace,
      List<String> policies,
      List<Integer> capacities,
      Listener listener) {
    List<ReplacementPolicy.Factory> factories = new ArrayList<>();
    for (String policy : policies) {
      factories.add(isOptimum(policy) ? optimum(trace) : catalog.replacement(policy));
    }
    List<Result> results = new ArrayList<>();
    double runs = (double) policies.size() * capacities.size();
    SimulatorCopies copies = new SimulatorCopies();
    for (int i = 0; i < policies.size(); i++) {
      SimulatorCopies.Copy copy = copies.next();
      ReplacementPolicy.Factory factory = factories.get(i);
      for (int capacity : capacities) {
        double before = results.size() / runs;
        String policy = policies.get(i);
        results.add(
            run(
                trace,
                policy,
                copy.create(trace, capacity, factory),
                capacity,
                done -> listener.progressed(policy, capacity, before + done / runs)));
      }
    }
    return new Simulation(trace.length(), trace.pages(), results);
  }

  private static ReplacementPolicy.Factory optimum(Trace trace) {
    int[] nextUses = trace.nextUses();
    return pages -> new Belady(pages, nextUses);
  }

  /** Hears what share of one run is done. */
  @FunctionalInterface
  private interface Share {
    void done(double share);
  }

  private static Result run(
      Trace trace, String policy, SimulatedCache simulator, int capacity, Share share) {
    int length = trace.length();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long nanos = 0;
    for (int from = 0; from < length; ) {
      share.done((double) from / length);
      int to = length - from <= STRIDE ? length : from + STRIDE;
      long start = threads.getCurrentThreadCpuTime();
      simulator.run(from, to);
      nanos += threads.getCurrentThreadCpuTime() - start;
      from = to;
    }
    return new Result(policy, capacity, length, simulator.hits(), nanos);
  }
}
