package dev.sekiso.lab.run;

import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.MemoryGroup;
import dev.sekiso.stack.StorageStack;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The control groups that jobs run in: made before the jobs if they are not there, and removed
 * after them if they were made here, unless a job wants one to stay.
 */
public final class JobGroups implements AutoCloseable {

  private final StorageStack stack;
  private final Set<Cgroup> made = new LinkedHashSet<>();

  private JobGroups(StorageStack stack) {
    this.stack = stack;
  }

  /**
   * Makes the groups of jobs and gives them their weights.
   *
   * @throws ErrnoException when the stack cannot set a weight
   */
  public static JobGroups make(StorageStack stack, List<Job> jobs) throws ErrnoException {
    JobGroups groups = new JobGroups(stack);
    Set<Cgroup> before = groups.present();
    for (Job job : jobs) {
      Job.Group group = job.cgroup();
      if (group.isNamed()) {
        stack.createGroup(group.path());
        if (group.weight() > 0) {
          stack.set("io.weight." + group.path(), Integer.toString(group.weight()));
        }
      }
    }
    groups.made.addAll(groups.present());
    groups.made.removeAll(before);
    for (Job job : jobs) {
      if (job.cgroup().isNamed() && job.cgroup().stays()) {
        groups.keep(stack.group(job.cgroup().path()).cgroup());
      }
    }
    return groups;
  }

  private Set<Cgroup> present() {
    Set<Cgroup> present = new LinkedHashSet<>();
    stack.groups().forEach(group -> present.add(group.cgroup()));
    return present;
  }

  /** A group that stays needs those above it. */
  private void keep(Cgroup lowest) {
    for (Cgroup at = lowest; at != null; at = at.parent()) {
      made.remove(at);
    }
  }

  /** On whose behalf a job's task acts. */
  static TaskContext context(StorageStack stack, Job job) {
    TaskContext current = TaskContext.current();
    if (!job.cgroup().isNamed()) {
      return current;
    }
    MemoryGroup group = stack.group(job.cgroup().path());
    return current.withCgroup(group.cgroup());
  }

  /** Removes what was made, those below first. */
  @Override
  public void close() {
    List.copyOf(made).reversed().forEach(stack::removeGroup);
  }
}
