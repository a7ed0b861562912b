/**
 * Replacement policies on traces, without a stack: how many requests would have been hits.
 *
 * <p>A {@link dev.sekiso.lab.simulation.Trace} is a list of pages, renumbered from 0 as they come,
 * so that all a simulation looks up is an array. {@link dev.sekiso.lab.simulation.TraceFile} reads
 * one from a file, {@link dev.sekiso.lab.simulation.SyntheticTrace} makes one up.
 *
 * <p>{@link dev.sekiso.lab.simulation.PolicySimulator} runs one policy, the very object that would
 * order a page cache's pages, over one trace with one capacity, in a single pass. It speaks to it
 * as a page cache does, but for what a trace does not know: pages are never dirty, busy or mapped,
 * one page is evicted at a time, when the next one needs its place, and a shadow never ages. {@link
 * dev.sekiso.lab.simulation.Simulation} runs all policies asked for with all capacities, {@code
 * belady}, which knows the future, among them; {@link dev.sekiso.lab.simulation.SimulationReport}
 * writes the hit ratios as a table, as CSV or as JSON.
 *
 * <p>A simulation is a function of trace, policy and capacity; its speed is measured in processor
 * time.
 */
package dev.sekiso.lab.simulation;
