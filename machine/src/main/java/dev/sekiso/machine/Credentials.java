package dev.sekiso.machine;

import java.util.Set;

/**
 * Who acts: file-system user and group, supplementary groups, file-mode creation mask.
 *
 * <p>User 0 holds {@code CAP_DAC_OVERRIDE}, {@code CAP_FOWNER}, {@code CAP_CHOWN} and the other
 * capabilities file access asks for; nobody else does.
 *
 * @param umask permission bits that newly created files do not get (0–0777)
 */
public record Credentials(int uid, int gid, Set<Integer> supplementaryGroups, int umask) {

  public static final Credentials ROOT = new Credentials(0, 0, Set.of(), 0022);

  public Credentials {
    supplementaryGroups = Set.copyOf(supplementaryGroups);
    if ((umask & ~0777) != 0) {
      throw new IllegalArgumentException("umask 0%o has bits outside 0777".formatted(umask));
    }
  }

  public static Credentials of(int uid, int gid) {
    return new Credentials(uid, gid, Set.of(), 0022);
  }

  public boolean isSuperUser() {
    return uid == 0;
  }

  public boolean isInGroup(int group) {
    return gid == group || supplementaryGroups.contains(group);
  }
}
