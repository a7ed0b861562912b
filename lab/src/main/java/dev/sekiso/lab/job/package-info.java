/**
 * Job files: what fio's format says, read and made exact.
 *
 * <p>{@link dev.sekiso.lab.job.JobFile} turns text into {@link dev.sekiso.lab.job.Job}s: options of
 * {@code [global]} sections apply to the sections that follow, each section makes one job, {@code
 * numjobs} clones it, {@code stonewall} starts a new {@linkplain dev.sekiso.lab.job.Job#phase
 * phase} that waits for everything before it. {@link dev.sekiso.lab.job.JobOption} is the list of
 * all options with their types and help texts; an option that is not in it is an error that names
 * the file, the line, and the nearest option there is. Nothing here opens a file or knows a stack.
 *
 * <p>{@link dev.sekiso.lab.job.AccessSequence} says which block a job touches next, as a pure
 * function of the job and its seed. Random sequences visit every block once before they visit any
 * twice, as fio's do with its random map, but from a keyed permutation in constant memory.
 */
package dev.sekiso.lab.job;
