package dev.sekiso.cli;

import dev.sekiso.lab.compare.Dimension;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.StorageStack;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options that say what a stack is to be; the same for every command that builds one. Each
 * stands for a key of the stack's configuration.
 */
final class StackOptions {

  /** Large enough for the examples, small enough for the heap. */
  private static final String DEFAULT_DEVICE = "nvme:1g";

  private static final String NAMES = " 'sekiso layers' lists the names.";

  private static final String MACHINE = "machine";
  private static final String DEVICE = "device.sda";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Read keys from a file first, a line each as KEY = VALUE; then no device is there but"
              + " those it names.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--device",
      paramLabel = "ADDRESS",
      description =
          "The device: ram:SIZE, nvme:SIZE, sata:SIZE, hdd:SIZE or file:PATH; "
              + DEFAULT_DEVICE
              + " by default. 'sekiso layers' lists all kinds, and what stands over others.")
  private String device;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "An ext2 image to run on, in real time: short for --device file:FILE.")
  private Path image;

  @Option(names = "--real-time", description = "Run in real time, not in virtual time.")
  private boolean realTime;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description =
          "The set of choices to start from: linux-2.6.11, linux-4.7 or linux-6.18, which is the"
              + " default. The defaults below are its.")
  private String profile;

  @Option(
      names = "--scheduler",
      paramLabel = "NAME",
      description =
          "The I/O scheduler: none or mq-deadline; by default mq-deadline for disks that seek and"
              + " none for others.")
  private String scheduler;

  @Option(
      names = "--replacement",
      paramLabel = "NAME",
      description = "The replacement policy; active-inactive by default." + NAMES)
  private String replacement;

  @Option(
      names = "--readahead",
      paramLabel = "NAME",
      description = "The readahead policy; on-demand by default." + NAMES)
  private String readahead;

  @Option(
      names = "--flusher",
      paramLabel = "NAME",
      description = "Who writes dirty pages back; per-bdi by default." + NAMES)
  private String flusher;

  @Option(
      names = "--throttle",
      paramLabel = "NAME",
      description = "How long writers rest; pos-ratio by default." + NAMES)
  private String throttle;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "Memory of the page cache, 1m to 1t; 256m by default.")
  private String memory;

  @Option(
      names = "--layer",
      paramLabel = "LAYER=NAME",
      description = "Exchange a whole layer, as pagecache=pass-through." + NAMES)
  private Map<String, String> layers = new LinkedHashMap<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Set any key of the configuration, as dirty_ratio=40; 'sekiso layers --keys' lists them.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Where all random numbers start; ${DEFAULT-VALUE} by default.")
  private long seed = JobFile.DEFAULT_SEED;

  long seed() {
    return seed;
  }

  /** A stack as the options say, each with one value. */
  StorageStack.Builder builder() {
    return builder(keys());
  }

  /** A stack as the options say, but for those that are chosen from their values. */
  StorageStack.Builder builder(Map<String, String> choices) {
    StorageStack.Builder builder = StorageStack.builder();
    files.forEach(builder::configuration);
    builder.set(MACHINE, machine());
    choices.forEach(builder::set);
    return builder;
  }

  /** Every option given, as a dimension of its values, which stand with commas between them. */
  List<Dimension> dimensions() {
    return keys().entrySet().stream()
        .map(key ->
            key.getKey().equals(DEVICE) && image != null
                ? new Dimension(DEVICE, List.of(key.getValue()))
                : Dimension.parse(key.getKey(), key.getValue()))
        .toList();
  }

  private String machine() {
    return image != null || realTime ? "system" : "simulated?seed=" + seed;
  }

  private Map<String, String> keys() {
    if (image != null && device != null) {
      throw wrong("--image and --device both name the device; give one of them");
    }
    Map<String, String> keys = new LinkedHashMap<>();
    put(keys, "profile", profile);
    put(keys, DEVICE, address());
    put(keys, "scheduler", scheduler);
    put(keys, "replacement", replacement);
    put(keys, "readahead", readahead);
    put(keys, "flusher", flusher);
    put(keys, "throttle", throttle);
    put(keys, "memory", memory);
    layers.forEach((layer, name) -> keys.put("layer." + layer, name));
    settings.forEach((key, value) -> set(keys, key, value));
    return keys;
  }

  private void set(Map<String, String> keys, String key, String value) {
    if (keys.containsKey(key)) {
      throw wrong("'" + key + "' is given twice, by --set and by its option; give it once");
    }
    if (key.equals(MACHINE) && (realTime || image != null)) {
      throw wrong(
          (image != null ? "--image" : "--real-time")
              + " runs in real time; leave out --set machine=… or that");
    }
    keys.put(key, value);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Whether any of these keys is given. */
  boolean chooses(String... names) {
    Map<String, String> keys = keys();
    return !files.isEmpty() || Arrays.stream(names).anyMatch(keys::containsKey);
  }

  /** What a run returned, for commands that have nothing to say of one whose power was cut. */
  static <T> T value(Outcome<T> outcome) {
    if (outcome.powerWasCut()) {
      throw new CommandException(
          "the power was cut before the command had ended; leave cut_power_at_event out of"
              + " --set machine=…, or take 'sekiso run', which tells of power cuts");
    }
    return outcome.value();
  }

  /** Whether the run is to be in real time, as far as options say. */
  boolean isRealTime() {
    return image != null || realTime || settings.getOrDefault(MACHINE, "").startsWith("system");
  }

  private String address() {
    if (image != null) {
      return Image.address(image, Map.of());
    }
    return device == null && files.isEmpty() ? DEFAULT_DEVICE : device;
  }

  private static void put(Map<String, String> keys, String key, String value) {
    if (value != null) {
      keys.put(key, value);
    }
  }
}
