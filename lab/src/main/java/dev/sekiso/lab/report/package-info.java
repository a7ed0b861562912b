/**
 * What a run has to say: as text of fio's kind, and as JSON with fio's field names.
 *
 * <p>{@link dev.sekiso.lab.report.RunReport} is the content, the others are its two shapes. Both
 * are functions of the content alone, in the root locale, so that equal runs print equal bytes.
 *
 * <h2>What differs from fio</h2>
 *
 * <ul>
 *   <li>Process id, date, {@code timestamp}, {@code time} and {@code global options} are left out:
 *       in virtual time a report is a function of job, stack and seed, and nothing else may be in
 *       it. {@code Starting} counts tasks.
 *   <li>{@code usr_cpu} is 0, as a job computes nothing itself. {@code sys_cpu} is the processor
 *       time that the model charges to the job's task for its calls and copies; in real time, where
 *       no clock tells virtual threads apart, it is 0. Worker tasks of {@code posixaio} are the
 *       system's and not in it.
 *   <li>{@code ctx} counts how often the job's task waited. {@code majf} and {@code minf} are 0: a
 *       job's buffers are no mapped files.
 *   <li>{@code bw_*} and {@code iops_*} are sampled every 500 ms of the machine's time, at the end
 *       of a transfer; as in fio, a run that is shorter has no samples, and then text has no line.
 *   <li>Submission and completion ({@code slat}, {@code clat}) are told apart for {@code posixaio};
 *       the call of a synchronous engine is all completion, as in fio.
 *   <li>Dropped transfers, zone resets and the latency target are 0: there are none.
 *   <li>Text ends with {@code Layers:}, JSON has {@code layers}: what page cache, readahead,
 *       writeback and each device did.
 * </ul>
 */
package dev.sekiso.lab.report;
