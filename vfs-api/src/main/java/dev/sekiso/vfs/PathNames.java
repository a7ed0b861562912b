package dev.sekiso.vfs;

/** Names places ({@code d_path}). */
final class PathNames {

  private PathNames() {}

  static String of(Path place) {
    StringBuilder text = new StringBuilder();
    Path at = place;
    while (at != null) {
      text.insert(0, below(at));
      at = at.mount().mountPoint();
    }
    String path = text.isEmpty() ? "/" : text.toString();
    Dentry dentry = place.dentry();
    return dentry.isRoot() || dentry.isHashed() ? path : path + " (deleted)";
  }

  /** The way from the mount's root to the dentry, empty for the root itself. */
  private static String below(Path place) {
    Dentry root = place.mount().root();
    return place
        .mount()
        .superBlock()
        .dentries()
        .whileNothingMoves(() -> {
          StringBuilder text = new StringBuilder();
          Dentry at = place.dentry();
          while (at != root && !at.isRoot()) {
            Dentry.Location location = at.location();
            text.insert(0, location.name()).insert(0, '/');
            at = location.parent();
          }
          return text.toString();
        });
  }
}
