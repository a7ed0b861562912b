/**
 * Experiments on a stack: job files, traces, comparisons, simulations and their reports.
 *
 * <p>A job is parsed to a value, run by tasks of the stack's {@code Machine}, and measured in that
 * machine's time, so that the same job means the same on a real device and on a modelled one.
 */
package dev.sekiso.lab;
