package dev.sekiso.vfs;

/** What a call does with a symbolic link at the end of its path ({@code AT_SYMLINK_NOFOLLOW}). */
public enum LinkMode {
  /** Acts on what the link leads to. */
  FOLLOW,
  /** Acts on the link itself. */
  NO_FOLLOW;

  PathWalk.Last last() {
    return this == FOLLOW ? PathWalk.Last.FOLLOW : PathWalk.Last.NO_FOLLOW;
  }
}
