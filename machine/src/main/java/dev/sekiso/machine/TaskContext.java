package dev.sekiso.machine;

import java.util.Objects;

/**
 * On whose behalf a task acts: credentials, control group, I/O priority and resource limits.
 *
 * <p>Carried by a {@link ScopedValue}, inherited by tasks it spawns, constant while bound:
 *
 * <pre>{@code
 * TaskContext.current().withCgroup(group).run(() -> vfs.open("/data", RDWR));
 * }</pre>
 */
public record TaskContext(
    Credentials credentials, Cgroup cgroup, IoPriority ioPriority, ResourceLimits limits) {

  /** The super user in the root group with no limits: what an unbound thread gets. */
  public static final TaskContext ROOT =
      new TaskContext(Credentials.ROOT, Cgroup.ROOT, IoPriority.NONE, ResourceLimits.UNLIMITED);

  private static final ScopedValue<TaskContext> CURRENT = ScopedValue.newInstance();

  public TaskContext {
    Objects.requireNonNull(credentials, "credentials");
    Objects.requireNonNull(cgroup, "cgroup");
    Objects.requireNonNull(ioPriority, "ioPriority");
    Objects.requireNonNull(limits, "limits");
  }

  /** The context bound in this thread, {@link #ROOT} when none is. */
  public static TaskContext current() {
    return CURRENT.orElse(ROOT);
  }

  /** Runs the action as an unbound thread would, whatever is bound around it. */
  static void runUnbound(Runnable action) {
    if (!ROOT.equals(current())) {
      ROOT.run(action);
    } else {
      action.run();
    }
  }

  /** Runs the action with this context bound. */
  public void run(Runnable action) {
    ScopedValue.where(CURRENT, this).run(action);
  }

  /** Calls the operation with this context bound and passes on what it returns or throws. */
  public <R, X extends Throwable> R call(ScopedValue.CallableOp<R, X> operation) throws X {
    return ScopedValue.where(CURRENT, this).call(operation);
  }

  public TaskContext withCredentials(Credentials newCredentials) {
    return new TaskContext(newCredentials, cgroup, ioPriority, limits);
  }

  public TaskContext withCgroup(Cgroup newCgroup) {
    return new TaskContext(credentials, newCgroup, ioPriority, limits);
  }

  public TaskContext withIoPriority(IoPriority newPriority) {
    return new TaskContext(credentials, cgroup, newPriority, limits);
  }

  public TaskContext withLimits(ResourceLimits newLimits) {
    return new TaskContext(credentials, cgroup, ioPriority, newLimits);
  }
}
