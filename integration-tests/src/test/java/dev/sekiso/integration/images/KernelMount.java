package dev.sekiso.integration.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * An image mounted by the kernel through a loop device, until it is closed. The kernel gives the
 * loop device back when it unmounts, and every mount has a directory of its own, so tests may run
 * side by side.
 */
final class KernelMount implements AutoCloseable {

  private final Path place;

  private KernelMount(Path place) {
    this.place = place;
  }

  /**
   * Mounts the image; skips the running test where that is not possible.
   *
   * @param folder for the mount point
   * @param options for {@code mount -o}
   */
  static KernelMount of(Path image, Path folder, String options)
      throws IOException, InterruptedException {
    Path place = Files.createTempDirectory(folder, "mount");
    Result result;
    try {
      result =
          run("mount", "-t", "ext2", "-o", "loop," + options, image.toString(), place.toString());
    } catch (IOException e) {
      result = new Result(-1, e.getMessage());
    }
    if (result.status != 0) {
      Files.delete(place);
      // A mount refused for the image's sake must not pass as a machine without loop devices.
      Assumptions.assumeFalse(
          result.output.contains("permission")
              || result.output.contains("superuser")
              || result.output.contains("loop device")
              || result.status < 0,
          "no loop mounts here (it takes the super user and a loop device): " + result.output);
      throw new AssertionError("the kernel does not mount " + image + ": " + result.output);
    }
    return new KernelMount(place);
  }

  /** Where the file system's root is. */
  Path root() {
    return place;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Result result = run("umount", place.toString());
    if (result.status != 0) {
      run("umount", "--lazy", place.toString());
      throw new IOException("umount " + place + ": " + result.output);
    }
    Files.delete(place);
  }

  /** How a command ended and what it said. */
  private record Result(int status, String output) {}

  private static Result run(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("sekiso-", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Result(-1, List.of(command) + " did not end within 60 s");
      }
      return new Result(process.exitValue(), Files.readString(out).strip());
    } finally {
      Files.deleteIfExists(out);
    }
  }
}
