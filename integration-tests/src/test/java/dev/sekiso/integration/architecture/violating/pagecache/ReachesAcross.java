package dev.sekiso.integration.architecture.violating.pagecache;

import dev.sekiso.integration.architecture.violating.blockdev.Target;

final class ReachesAcross {
  void read(Target target) {
    target.submit();
  }
}
