package dev.sekiso.machine;

import java.util.Objects;

/**
 * A control group's identity: a node in a tree of names. Controllers (memory, I/O, writeback) keep
 * their own state per group, keyed by this object; the node itself carries none.
 *
 * <p>{@link #ROOT} is the one group every task starts in. It is immutable and shared by all
 * machines of a process; stacks keep their state in their own controllers.
 */
public final class Cgroup {

  public static final Cgroup ROOT = new Cgroup(null, "");

  private final Cgroup parent;
  private final String name;

  private Cgroup(Cgroup parent, String name) {
    this.parent = parent;
    this.name = name;
  }

  /** A new group below this one. Two calls with one name make two groups. */
  public Cgroup child(String childName) {
    Objects.requireNonNull(childName, "childName");
    if (childName.isEmpty()
        || childName.indexOf('/') >= 0
        || childName.equals(".")
        || childName.equals("..")) {
      throw new IllegalArgumentException(
          "a control group's name is one path component, not '" + childName + "'");
    }
    return new Cgroup(this, childName);
  }

  /** The group above, null for the root. */
  public Cgroup parent() {
    return parent;
  }

  /** The path from the root, {@code "/"} for the root itself. */
  public String path() {
    if (parent == null) {
      return "/";
    }
    return parent.parent == null ? "/" + name : parent.path() + "/" + name;
  }

  @Override
  public String toString() {
    return path();
  }
}
