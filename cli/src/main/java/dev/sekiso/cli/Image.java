package dev.sekiso.cli;

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

  /** Mounts read-only; not a byte of the image changes. */
  <T> T reading(Work<T> work) throws IOException {
    return mounted("true", "ext2?options=ro", work);
  }

  /** Mounts for writing; afterwards all that was written is in the image and durable. */
  <T> T writing(Work<T> work) throws IOException {
    return mounted("false", "ext2", work);
  }

  private <T> T mounted(String readOnly, String fileSystem, Work<T> work) throws IOException {
    requireImage();
    Selection device =
        new Selection("file", file.toString(), List.of(), Map.of("read_only", readOnly));
    return StorageStack.builder()
        .device("sda", device.toString())
        .fileSystem(fileSystem)
        .set("format", "never")
        .<T, IOException>run(stack -> work.on(stack.vfs()))
        .value();
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
