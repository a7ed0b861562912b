package dev.sekiso.lab.report;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.JobRunner;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCounters;
import dev.sekiso.stack.StorageStack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A run's results and what the layers counted meanwhile.
 *
 * @param jobs a result per job
 * @param before the layers' counters when the jobs began, their files made
 * @param after the layers' counters when all was synced
 */
public record RunReport(List<JobResult> jobs, StackCounters before, StackCounters after) {

  /**
   * Runs the jobs and measures from the moment at which their files are there and nothing is dirty
   * to the moment at which all is synced. Runs in a task of the stack's machine.
   *
   * @throws ErrnoException when the jobs' files cannot be made; what fails later is in the report
   */
  public static RunReport measure(StorageStack stack, JobFile jobs, Progress progress)
      throws ErrnoException {
    JobRunner runner = new JobRunner(stack, progress);
    runner.layOut(jobs.jobs());
    stack.sync();
    StackCounters before = stack.counters();
    List<JobResult> results = runner.run(jobs.jobs());
    stack.sync();
    return new RunReport(results, before, stack.counters());
  }

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

  /**
   * The devices that stand over no other, by name: {@code sda-0} and {@code sda-1} where {@code
   * sda} is a mirror.
   */
  public List<String> lowestDevices() {
    Set<String> names = after.devices().keySet();
    return names.stream().filter(name -> !names.contains(name + "-0")).toList();
  }

  /** The results that tell of a failure. */
  public List<JobResult> failures() {
    List<JobResult> failures = new ArrayList<>(jobs);
    failures.removeIf(result -> result.failure() == null);
    return failures;
  }
}
