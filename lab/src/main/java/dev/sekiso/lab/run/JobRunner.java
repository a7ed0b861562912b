package dev.sekiso.lab.run;

import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.stack.StorageStack;
import java.util.ArrayList;
import java.util.List;

/** Runs jobs on a stack, phase by phase. Runs in a task of the stack's machine. */
public final class JobRunner {

  private final StorageStack stack;
  private final Progress progress;
  private final JobFiles files;

  public JobRunner(StorageStack stack, Progress progress) {
    this.stack = stack;
    this.progress = progress;
    this.files = new JobFiles(stack.vfs());
  }

  /**
   * Makes all files of the jobs, filled where the jobs read. A file that is only written is made by
   * the job's control group, which must be there, so that its pages are that group's to write back.
   *
   * @throws ErrnoException when one cannot be made
   */
  public void layOut(List<Job> jobs) throws ErrnoException {
    progress.laysOut();
    for (Job job : jobs) {
      TaskContext context =
          job.pattern().reads() ? TaskContext.current() : JobGroups.context(stack, job);
      context.<Void, ErrnoException>call(() -> {
        files.layOut(job);
        return null;
      });
    }
  }

  /**
   * Runs all jobs to their ends, each in its control group, which must be there ({@link
   * JobGroups}). A job that fails ends early and says so in its result; the others go on.
   *
   * @return a result per job, in order
   * @throws ErrnoException when files cannot be dropped from the cache
   */
  public List<JobResult> run(List<Job> jobs) throws ErrnoException {
    progress.runs(jobs.size());
    List<JobResult> results = new ArrayList<>();
    int phases = jobs.stream().mapToInt(Job::phase).max().orElse(-1) + 1;
    for (int phase = 0; phase < phases; phase++) {
      results.addAll(runPhase(jobs, phase));
    }
    return results;
  }

  private List<JobResult> runPhase(List<Job> jobs, int phase) throws ErrnoException {
    List<Job> together = jobs.stream().filter(job -> job.phase() == phase).toList();
    for (Job job : together) {
      files.invalidate(job);
    }
    Machine machine = stack.machine();
    JobResult[] results = new JobResult[together.size()];
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      int index = i;
      Job job = together.get(i);
      JobTask task = new JobTask(job, machine, stack.vfs(), stack.aio(), progress);
      tasks.add(
          machine.spawn(
              job.label(),
              TaskKind.USER,
              JobGroups.context(stack, job),
              () -> results[index] = task.run()));
    }
    tasks.forEach(Task::join);
    return List.of(results);
  }
}
