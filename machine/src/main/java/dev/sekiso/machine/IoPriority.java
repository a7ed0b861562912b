package dev.sekiso.machine;

/**
 * The I/O scheduling class and level of a task ({@code ioprio_set(2)}).
 *
 * @param level 0 (highest) to 7 (lowest) within the class
 */
public record IoPriority(SchedulingClass schedulingClass, int level) {

  /** No priority set: schedulers treat it as best effort, level 4. */
  public static final IoPriority NONE = new IoPriority(SchedulingClass.NONE, 4);

  /** The classes of {@code ioprio_set(2)}, with the kernel's numbers as ordinals. */
  public enum SchedulingClass {
    NONE,
    REAL_TIME,
    BEST_EFFORT,
    IDLE
  }

  public IoPriority {
    if (level < 0 || level > 7) {
      throw new IllegalArgumentException("I/O priority level " + level + " is not within 0 to 7");
    }
  }
}
