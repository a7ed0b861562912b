package dev.sekiso.lab.run;

import dev.sekiso.aio.PosixAio;
import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.vfs.Vfs;
import java.util.ArrayList;
import java.util.List;

/** Runs jobs on a stack, phase by phase. Runs in a task of the stack's machine. */
public final class JobRunner {

  private final Machine machine;
  private final Vfs vfs;
  private final PosixAio aio;
  private final Progress progress;

  public JobRunner(Machine machine, Vfs vfs, PosixAio aio, Progress progress) {
    this.machine = machine;
    this.vfs = vfs;
    this.aio = aio;
    this.progress = progress;
  }

  /**
   * Runs all jobs to their ends. A job that fails ends early and says so in its result; the others
   * go on.
   *
   * @return a result per job, in order
   * @throws ErrnoException when the files cannot be made
   */
  public List<JobResult> run(List<Job> jobs) throws ErrnoException {
    List<JobResult> results = new ArrayList<>();
    int phases = jobs.stream().mapToInt(Job::phase).max().orElse(-1) + 1;
    for (int phase = 0; phase < phases; phase++) {
      results.addAll(runPhase(jobs, phase));
    }
    return results;
  }

  private List<JobResult> runPhase(List<Job> jobs, int phase) throws ErrnoException {
    List<Job> together = jobs.stream().filter(job -> job.phase() == phase).toList();
    JobFiles files = new JobFiles(vfs);
    for (Job job : together) {
      files.prepare(job);
    }
    JobResult[] results = new JobResult[together.size()];
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      int index = i;
      Job job = together.get(i);
      tasks.add(
          machine.spawn(
              job.label(),
              TaskKind.USER,
              () -> results[index] = new JobTask(job, machine, vfs, aio, progress).run()));
    }
    tasks.forEach(Task::join);
    return List.of(results);
  }
}
