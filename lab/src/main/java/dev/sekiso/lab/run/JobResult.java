package dev.sekiso.lab.run;

import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.ErrnoException;

/**
 * What became of a job, or of several reported together.
 *
 * @param job the job, the first of a group
 * @param jobs how many it stands for
 * @param runtimeNanos from first submission to last completion, the longest of a group
 * @param effort what it cost besides time
 * @param sync calls of fsync and fdatasync; its bytes are 0
 * @param failure what ended the job early, or null
 */
public record JobResult(
    Job job,
    int jobs,
    long runtimeNanos,
    DirectionResult read,
    DirectionResult write,
    DirectionResult trim,
    DirectionResult sync,
    JobEffort effort,
    ErrnoException failure) {

  /** All transfers, whatever they did. */
  public DirectionResult transfers() {
    return read.plus(write).plus(trim);
  }

  /** The two as one. */
  public JobResult plus(JobResult other) {
    return new JobResult(
        job,
        jobs + other.jobs,
        Math.max(runtimeNanos, other.runtimeNanos),
        read.plus(other.read),
        write.plus(other.write),
        trim.plus(other.trim),
        sync.plus(other.sync),
        effort.plus(other.effort),
        failure != null ? failure : other.failure);
  }
}
