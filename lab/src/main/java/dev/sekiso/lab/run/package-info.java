/**
 * Running jobs on a stack and counting what happens.
 *
 * <p>{@link dev.sekiso.lab.run.JobRunner} first makes the files that jobs read as large as they
 * must be, then takes the jobs phase by phase. Before a phase it drops the cached pages of its
 * files where the job says so; then every job runs as a task of its own. {@link
 * dev.sekiso.lab.run.JobTask} is that task: it draws the next block from its sequence and hands it
 * to its engine, synchronous or asynchronous, until its bytes or its time are used up. What it did
 * is a {@link dev.sekiso.lab.run.JobResult}; latencies are kept in histograms of three significant
 * digits.
 *
 * <p>Devices are taken as they are: nothing is made or filled, a range beyond the end and changes
 * of a device that is mounted are refused before any job starts, and so are trims of anything else.
 * A trim is synchronous in every engine, as in fio; {@code posixaio} lets what is in flight end
 * first.
 *
 * <p>Nothing here knows whether time is real or virtual: it is the machine's. A job owns its files,
 * buffers and counters; between tasks only {@link dev.sekiso.lab.run.Progress} is shared, and that
 * is a gauge per job, written by its task alone.
 */
package dev.sekiso.lab.run;
