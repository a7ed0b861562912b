package dev.sekiso.vfs;

import java.util.ArrayList;
import java.util.List;

/**
 * Invariants of an idle VFS: nothing is open and no call is under way. Every reference has been
 * given back, so nothing keeps a mount, and nothing but the mount points stays cached when the
 * caches are dropped.
 */
public final class VfsChecks {

  private VfsChecks() {}

  /** One sentence per reference that is still held. Drops the caches. */
  public static List<String> violations(Vfs vfs) {
    List<String> found = new ArrayList<>();
    for (Mount mount : vfs.mounts()) {
      int covered = mount.covers().size();
      if (mount.references() != covered) {
        found.add(
            "%s has %d references and %d mounts on it"
                .formatted(mount, mount.references(), covered));
      }
      if (mount.writers() != 0) {
        found.add(mount + " has " + mount.writers() + " writers");
      }
    }
    vfs.dropCaches();
    for (Mount mount : vfs.mounts()) {
      long mounts = vfs.mounts().stream().filter(m -> m.superBlock() == mount.superBlock()).count();
      long covered =
          vfs.mounts().stream()
              .filter(m -> m.mountPoint() != null)
              .filter(m -> m.mountPoint().dentry() == mount.root())
              .count();
      checkDentries(mount.root(), (int) (1 + mounts + covered), found, vfs.mounts());
      int unused = mount.superBlock().dentries().unusedCount();
      if (unused != 0) {
        found.add(unused + " dentries of " + mount.superBlock() + " are listed as unused");
      }
    }
    return found;
  }

  private static void checkDentries(
      Dentry directory, int holders, List<String> found, List<Mount> mounts) {
    int expected = holders + directory.children().size();
    if (directory.references() != expected) {
      found.add(
          "dentry %s has %d references instead of %d: %s"
              .formatted(
                  directory, directory.references(), expected, directory.children().keySet()));
    }
    for (Dentry child : directory.children().values()) {
      int covered =
          (int)
              mounts.stream()
                  .filter(m -> m.mountPoint() != null && m.mountPoint().dentry() == child)
                  .count();
      if (child.isDirectory()) {
        checkDentries(child, covered, found, mounts);
      } else if (child.references() != covered) {
        found.add("dentry " + child + " has " + child.references() + " references");
      }
    }
  }
}
