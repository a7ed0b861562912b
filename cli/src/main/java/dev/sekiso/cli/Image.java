package dev.sekiso.cli;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Selection;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An image file with an ext2 on it, opened for one piece of work at a time. */
record Image(Path file) {

  private static final Path BLOCK_DEVICES = Path.of("/sys/block");

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
      throw new CommandException(file + " cannot be mounted: " + e.getMessage() + help(e), e);
    }
  }

  private static String help(ErrnoException e) {
    if (e.errno() == Errno.EINVAL && e.getMessage().contains("no ext2")) {
      return "; 'sekiso mkfs' makes one";
    }
    return e.errno() == Errno.EROFS ? "; ls, cat, get and others that only read do work" : "";
  }

  /** The address of a file as a device, whatever characters its name has. */
  static String address(Path file, Map<String, String> parameters) {
    return new Selection("file", file.toString(), List.of(), parameters).toString();
  }

  /**
   * What the kernel has mounted by a loop device would be written by two that know nothing of each
   * other.
   */
  private void requireUnused() {
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(BLOCK_DEVICES, "loop*")) {
      for (Path device : devices) {
        Path backing = device.resolve("loop/backing_file");
        if (Files.isReadable(backing) && isThis(Files.readString(backing).strip())) {
          throw new CommandException(
              file
                  + " is in use by /dev/"
                  + device.getFileName()
                  + "; unmount it there first (umount, losetup -d)");
        }
      }
    } catch (IOException e) {
      // Another system than Linux, or one without loop devices.
    }
  }

  private boolean isThis(String path) throws IOException {
    Path other = Path.of(path);
    return Files.exists(other) && Files.isSameFile(file, other);
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
    if (access == Access.WRITE) {
      requireUnused();
    }
    if (access == Access.WRITE && !Files.isWritable(file)) {
      throw new CommandException("no permission to write " + file + "; change its mode or owner");
    }
  }
}
