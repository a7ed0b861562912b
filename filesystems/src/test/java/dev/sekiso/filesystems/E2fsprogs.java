package dev.sekiso.filesystems;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The tools that know ext2 best, as outside truth: {@code mke2fs}, {@code e2fsck}, {@code debugfs},
 * {@code dumpe2fs}. Tests that need them are skipped where they are not installed.
 */
public final class E2fsprogs {

  private static final List<String> PLACES =
      List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin");

  private E2fsprogs() {}

  /** What a tool said and how it ended. */
  public record Result(int status, String output) {}

  /** Whether all the tools are there. */
  public static boolean isInstalled() {
    return List.of("mke2fs", "e2fsck", "debugfs", "dumpe2fs").stream()
        .allMatch(tool -> find(tool) != null);
  }

  /** Skips the running test unless the tools are installed. */
  public static void assumeInstalled() {
    Assumptions.assumeTrue(isInstalled(), "the package e2fsprogs is not installed");
  }

  private static Path find(String tool) {
    for (String place : PLACES) {
      Path path = Path.of(place, tool);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  /** Runs a tool with input and gives its output, standard error included. */
  public static Result run(String tool, byte[] input, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(find(tool).toString());
    command.addAll(arguments);
    Path in = Files.createTempFile("sekiso-", ".in");
    Path out = Files.createTempFile("sekiso-", ".out");
    try {
      Files.write(in, input);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile());
      builder.environment().put("LC_ALL", "C");
      builder.environment().put("MKE2FS_SYNC", "0");
      Process process = builder.start();
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command + " did not end within 120 s");
      }
      return new Result(
          process.exitValue(), new String(Files.readAllBytes(out), StandardCharsets.ISO_8859_1));
    } finally {
      Files.deleteIfExists(in);
      Files.deleteIfExists(out);
    }
  }

  private static Result run(String tool, String... arguments)
      throws IOException, InterruptedException {
    return run(tool, new byte[0], List.of(arguments));
  }

  /** Makes an ext2 image; options as on mke2fs's command line, size as it takes them. */
  public static void mke2fs(Path image, String size, String... options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("-q", "-F", "-t", "ext2"));
    arguments.addAll(List.of(options));
    arguments.add(image.toString());
    arguments.add(size);
    Result result = run("mke2fs", new byte[0], arguments);
    assertThat(result.status()).as(result.output()).isZero();
  }

  /** Fails unless {@code e2fsck -fn} finds nothing wrong. */
  public static void assertClean(Path image) throws IOException, InterruptedException {
    Result result = run("e2fsck", "-fn", image.toString());
    assertThat(result.status()).as("e2fsck -fn: " + result.output()).isZero();
  }

  /** Repairs ({@code e2fsck -fy}); fails if errors are left. */
  public static String repair(Path image) throws IOException, InterruptedException {
    Result result = run("e2fsck", "-fy", image.toString());
    assertThat(result.status()).as("e2fsck -fy: " + result.output()).isLessThan(4);
    return result.output();
  }

  /** Runs debugfs commands on an image, which it may change. */
  public static String debugfs(Path image, List<byte[]> commands)
      throws IOException, InterruptedException {
    java.io.ByteArrayOutputStream input = new java.io.ByteArrayOutputStream();
    for (byte[] command : commands) {
      input.write(command);
      input.write('\n');
    }
    Result result = run("debugfs", input.toByteArray(), List.of("-w", "-f", "-", image.toString()));
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }

  /** As above, for commands in ASCII. */
  public static String debugfs(Path image, String... commands)
      throws IOException, InterruptedException {
    List<byte[]> bytes = new ArrayList<>();
    for (String command : commands) {
      bytes.add(command.getBytes(StandardCharsets.US_ASCII));
    }
    return debugfs(image, bytes);
  }

  /** The value of a line "Name: value" of {@code dumpe2fs -h}. */
  public static String superBlockField(Path image, String name)
      throws IOException, InterruptedException {
    String output = run("dumpe2fs", "-h", image.toString()).output();
    for (String line : output.split("\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
        return line.substring(name.length() + 1).strip();
      }
    }
    throw new AssertionError("no '" + name + "' in: " + output);
  }
}
