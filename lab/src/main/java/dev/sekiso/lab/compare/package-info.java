/**
 * One job file on many stacks: what a choice buys.
 *
 * <p>A {@link dev.sekiso.lab.compare.Dimension} is a key of the stack's configuration with the
 * values to try. {@link dev.sekiso.lab.compare.Comparison} runs the jobs once for each combination
 * of values, one after another, and keeps a {@link dev.sekiso.lab.compare.Comparison.Row} of each;
 * a combination that fails keeps its reason and costs the others nothing. {@link
 * dev.sekiso.lab.compare.Metric} is the list of what is compared: where each figure comes from, and
 * whether more or less of it is better. {@link dev.sekiso.lab.compare.ComparisonReport} writes the
 * rows as a table, as CSV or as JSON, a pure function of them.
 *
 * <p>What the combinations share, above all the seed, is the caller's to hold fixed.
 */
package dev.sekiso.lab.compare;
