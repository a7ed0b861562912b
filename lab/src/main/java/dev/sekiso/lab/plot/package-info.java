/**
 * What happened over time in a run: dirty pages, the limits they are held to, and how fast each job
 * wrote.
 *
 * <p>{@link dev.sekiso.lab.plot.RunSampler} looks at the stack by a timer, in the machine's time,
 * so that it takes no part in the order in which tasks run. What it keeps is a {@link
 * dev.sekiso.lab.plot.TimeSeries}, bounded whatever the length of the run: when it is full, every
 * second sample is dropped and the interval doubles. {@link dev.sekiso.lab.plot.SeriesCsv} and
 * {@link dev.sekiso.lab.plot.SeriesSvg} are its two shapes, functions of the series alone.
 */
package dev.sekiso.lab.plot;
