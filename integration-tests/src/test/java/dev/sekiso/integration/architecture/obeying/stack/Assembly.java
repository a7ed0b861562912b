package dev.sekiso.integration.architecture.obeying.stack;

import com.google.inject.Inject;
import com.google.inject.Provider;
import dev.sekiso.integration.architecture.obeying.filesystems.FileSystem;

/** The lowest module that may know the container. */
final class Assembly {
  private final Provider<FileSystem> fileSystems;

  @Inject
  Assembly(Provider<FileSystem> fileSystems) {
    this.fileSystems = fileSystems;
  }

  FileSystem build() {
    return fileSystems.get();
  }
}
