package dev.sekiso.integration.architecture.violating.pagecache;

import com.google.inject.Inject;

final class UsesContainer {
  @Inject
  UsesContainer(Runnable policy) {
    policy.run();
  }
}
