package dev.sekiso.cli;

import dev.sekiso.blockdev.driver.FileDriver;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** An image file with an ext2 on it, opened for one piece of work at a time. */
record Image(Path file) {

  /** Work on a mounted image. */
  @FunctionalInterface
  interface Work<T> {
    T on(Vfs vfs) throws IOException;
  }

  /** Mounts read-only; not a byte of the image changes. */
  <T> T reading(Work<T> work) throws IOException {
    return mounted(FileDriver.Access.READ_ONLY, EnumSet.of(MountFlag.READ_ONLY), work);
  }

  /** Mounts for writing; afterwards all that was written is in the image and durable. */
  <T> T writing(Work<T> work) throws IOException {
    return mounted(FileDriver.Access.READ_WRITE, EnumSet.noneOf(MountFlag.class), work);
  }

  private <T> T mounted(FileDriver.Access access, Set<MountFlag> flags, Work<T> work)
      throws IOException {
    requireImage();
    try (SystemMachine machine = new SystemMachine()) {
      FileDriver driver =
          FileDriver.open(machine, file, FileDriver.Options.DEFAULT.withAccess(access));
      try (Ext2Stack stack = new Ext2Stack(machine, file.toString(), driver, flags, 0, 0)) {
        return work.on(stack.vfs());
      }
    }
  }

  private void requireImage() {
    if (!Files.exists(file)) {
      throw new CommandException(
          "there is no image " + file + "; 'sekiso mkfs " + file + " 64m' makes one");
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + " is a directory; name an image file");
    }
  }
}
