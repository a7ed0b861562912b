package dev.sekiso.lab.report;

import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.run.JobGroups;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.JobRunner;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.lab.run.RunWatcher;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCounters;
import dev.sekiso.stack.StorageStack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

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
    return measure(stack, jobs, progress, RunWatcher.NONE);
  }

  /** As above, with somebody who watches the time that is measured. */
  public static RunReport measure(
      StorageStack stack, JobFile jobs, Progress progress, RunWatcher watcher)
      throws ErrnoException {
    JobRunner runner = new JobRunner(stack, progress);
    try (JobGroups groups = JobGroups.make(stack, jobs.jobs())) {
      runner.layOut(jobs.jobs());
      stack.sync();
      StackCounters before = stack.counters();
      watcher.began(stack);
      List<JobResult> results = runner.run(jobs.jobs());
      stack.sync();
      watcher.ended(stack);
      return new RunReport(results, before, stack.counters());
    }
  }

  public RunReport {
    jobs = List.copyOf(jobs);
  }

  /** What is reported together: a result per job, or per group with {@code group_reporting}. */
  public List<JobResult> reported() {
    return merged(Job::reportingGroup);
  }

  /** One result per group, in the order of fio's group ids. */
  public List<JobResult> groups() {
    return merged(Job::group);
  }

  private List<JobResult> merged(ToIntFunction<Job> number) {
    Map<Integer, JobResult> merged = new LinkedHashMap<>();
    for (JobResult result : jobs) {
      merged.merge(number.applyAsInt(result.job()), result, JobResult::plus);
    }
    return List.copyOf(merged.values());
  }

  /** The results of the jobs of one of fio's groups. */
  List<JobResult> jobsOf(int group) {
    return jobs.stream().filter(result -> result.job().group() == group).toList();
  }

  /**
   * The devices that stand over no other, by name: {@code sda-0} and {@code sda-1} where {@code
   * sda} is a mirror.
   */
  public List<String> lowestDevices() {
    Set<String> names = after.devices().keySet();
    return names.stream().filter(name -> !names.contains(name + "-0")).toList();
  }

  /** What happened in each control group, by path. */
  public Map<String, GroupReport> controlGroups() {
    Map<String, GroupReport> all = new LinkedHashMap<>();
    after
        .groups()
        .forEach((path, now) -> all.put(path, GroupReport.of(before.groups().get(path), now)));
    return all;
  }

  /** The results that tell of a failure. */
  public List<JobResult> failures() {
    List<JobResult> failures = new ArrayList<>(jobs);
    failures.removeIf(result -> result.failure() == null);
    return failures;
  }
}
