package dev.sekiso.cli;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Selection;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An image file with an ext2 on it, opened for one piece of work at a time. */
record Image(Path file) {

  /** Work on a mounted image. */
  @FunctionalInterface
  interface Work<T> {
    T on(Vfs vfs) throws IOException;
  }

  /** What an image is opened for. */
  private enum Access {
    READ(Map.of("read_only", "true"), "ext2?options=ro"),
    WRITE(Map.of(), "ext2");

    private final Map<String, String> deviceParameters;
    private final String fileSystem;

    Access(Map<String, String> deviceParameters, String fileSystem) {
      this.deviceParameters = deviceParameters;
      this.fileSystem = fileSystem;
    }
  }

  /** Mounts read-only; not a byte of the image changes. */
  <T> T reading(Work<T> work) throws IOException {
    return mounted(Access.READ, work);
  }

  /** Mounts for writing; afterwards all that was written is in the image and durable. */
  <T> T writing(Work<T> work) throws IOException {
    return mounted(Access.WRITE, work);
  }

  private <T> T mounted(Access access, Work<T> work) throws IOException {
    requireImage(access);
    try (StorageStack stack = mount(access)) {
      return work.on(stack.vfs());
    }
  }

  private StorageStack mount(Access access) {
    try {
      return StorageStack.builder()
          .device(address(file, access.deviceParameters))
          .fileSystem(access.fileSystem)
          .format(StorageStack.Format.NEVER)
          .build();
    } catch (ErrnoException e) {
      String help =
          e.errno() == Errno.EINVAL
              ? "; 'sekiso mkfs' makes an ext2 image, 'e2fsck' mends a damaged one"
              : "";
      throw new CommandException(file + " cannot be mounted: " + e.getMessage() + help, e);
    }
  }

  /** The address of a file as a device, whatever characters its name has. */
  static String address(Path file, Map<String, String> parameters) {
    return new Selection("file", file.toString(), List.of(), parameters).toString();
  }

  private void requireImage(Access access) {
    if (!Files.exists(file)) {
      throw new CommandException(
          "there is no image " + file + "; 'sekiso mkfs " + file + " 64m' makes one");
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + " is a directory; name an image file");
    }
    if (!Files.isReadable(file)) {
      throw new CommandException("no permission to read " + file + "; change its mode or owner");
    }
    if (access == Access.WRITE && !Files.isWritable(file)) {
      throw new CommandException("no permission to write " + file + "; change its mode or owner");
    }
  }
}
