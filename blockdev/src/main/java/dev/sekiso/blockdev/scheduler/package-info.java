/**
 * I/O schedulers: which request goes to the driver next.
 *
 * <p>{@link dev.sekiso.blockdev.scheduler.IoScheduler} is the seam, one file per policy. The queue
 * calls a scheduler with its lock held and owns the requests; the scheduler owns their order. For
 * merging it gets help from {@link dev.sekiso.blockdev.scheduler.MergeIndex}, and asks {@link
 * dev.sekiso.blockdev.scheduler.SchedulerHost} to carry a merge out. Its settings are {@link
 * dev.sekiso.blockdev.Tunable}s with the kernel's names.
 *
 * <p>A new policy subclasses the kit {@code IoSchedulerContract} of the tests jar.
 */
package dev.sekiso.blockdev.scheduler;
