package dev.sekiso.lab.run;

/**
 * What a job cost besides time.
 *
 * @param jobNanos time that jobs ran, added up
 * @param processorNanos of it, what their tasks spent computing in virtual time: all of it in
 *     system calls, as a job computes nothing itself; 0 in real time, where no clock tells virtual
 *     threads apart
 * @param contextSwitches how often their tasks waited for something
 * @param inFlight transfers in flight, at each submission
 * @param submitted transfers in each call that submits
 * @param completed transfers in each call that takes what has ended
 */
public record JobEffort(
    long jobNanos,
    long processorNanos,
    long contextSwitches,
    DepthCounts inFlight,
    DepthCounts submitted,
    DepthCounts completed) {

  JobEffort plus(JobEffort other) {
    return new JobEffort(
        jobNanos + other.jobNanos,
        processorNanos + other.processorNanos,
        contextSwitches + other.contextSwitches,
        inFlight.plus(other.inFlight),
        submitted.plus(other.submitted),
        completed.plus(other.completed));
  }

  /** Share of the jobs' time that they computed in the system, in percent. */
  public double systemPercent() {
    return jobNanos == 0 ? 0 : 100.0 * processorNanos / jobNanos;
  }
}
