package dev.sekiso.lab.report;

import dev.sekiso.lab.run.JobResult;
import dev.sekiso.stack.StackCounters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run's results and what the layers counted meanwhile.
 *
 * @param jobs a result per job
 * @param before the layers' counters when the jobs began
 * @param after the layers' counters when all was synced
 */
public record RunReport(List<JobResult> jobs, StackCounters before, StackCounters after) {

  public RunReport {
    jobs = List.copyOf(jobs);
  }

  /** One result per reporting group, by the group's number. */
  public Map<Integer, JobResult> groups() {
    Map<Integer, JobResult> groups = new LinkedHashMap<>();
    for (JobResult result : jobs) {
      groups.merge(result.job().reportingGroup(), result, JobResult::plus);
    }
    return groups;
  }

  /** The results that tell of a failure. */
  public List<JobResult> failures() {
    List<JobResult> failures = new ArrayList<>(jobs);
    failures.removeIf(result -> result.failure() == null);
    return failures;
  }
}
