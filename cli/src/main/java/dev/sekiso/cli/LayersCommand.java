package dev.sekiso.cli;

import dev.sekiso.stack.Choice;
import dev.sekiso.stack.Seam;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.Setting;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StackSettings;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * Lists every seam and every name that can be chosen there, those of plugins included, and keys.
 */
@Command(
    name = "layers",
    description = {
      "Lists every place where an implementation is chosen by name, and the names; then what can"
          + " be set of a control group.",
      "",
      "Each name stands on a line of its own, with what it is and the kernel file or paper it"
          + " answers to; '*' marks those that stand where nothing else is chosen. What a name can"
          + " be given behind '?' is listed with --parameters, as in --replacement"
          + " active-inactive-2.6?swappiness=10. --keys lists the other keys for --set and"
          + " --config."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso layers", "  sekiso layers --parameters", "  sekiso layers --keys"})
final class LayersCommand implements Callable<Integer> {

  @ParentCommand private Main main;

  @Option(
      names = {"-p", "--parameters"},
      description = "Also list the parameters of each name.")
  private boolean parameters;

  @Option(
      names = {"-k", "--keys"},
      description =
          "Also list every other key, with its default, and whether a running stack can change it.")
  private boolean keys;

  @Override
  public Integer call() {
    StackCatalog catalog = StackCatalog.load();
    PrintStream out = main.out();
    String profile = catalog.profiles().getFirst();
    StackSettings standing = catalog.settings(profile);
    out.println("profile (key profile): what stands where nothing else is chosen");
    catalog.profiles().forEach(name -> out.println("  " + name + mark(name.equals(profile))));
    for (Seam<?> seam : Seams.all()) {
      listNames(out, catalog, seam, standard(seam, standing));
    }
    out.println("* where nothing else is chosen, on the profile " + profile);
    out.println("control groups (keys with a group's path behind, as memory.max./db)");
    listKeys(out, StackSettings.describeGroups());
    if (keys) {
      out.println("keys");
      listKeys(out, catalog.settings());
      out.println("keys of a device (with its name in front, as sda/bdi/max_ratio)");
      listKeys(out, StackSettings.describeDevices());
    }
    return 0;
  }

  private void listNames(
      PrintStream out, StackCatalog catalog, Seam<?> seam, Set<String> standard) {
    List<Choice<?>> choices = new ArrayList<>(catalog.choices(seam));
    String key = seam.key().isEmpty() ? "" : " (key " + seam.key() + ")";
    out.println(seam.name() + key + ": " + seam.description());
    int names = choices.stream().mapToInt(choice -> choice.name().length()).max().orElse(0) + 1;
    int texts = choices.stream().mapToInt(choice -> choice.description().length()).max().orElse(0);
    String line = "  %-" + names + "s  %-" + Math.max(1, texts) + "s  [%s]%n";
    for (Choice<?> choice : choices) {
      String name = choice.name() + mark(standard.contains(choice.name()));
      out.printf(line, name, choice.description(), choice.source());
      if (parameters) {
        choice
            .parameters()
            .forEach(setting ->
                out.println(
                    "      " + setting.name() + ": " + setting.description() + facts(setting)));
      }
    }
  }

  private static String mark(boolean standard) {
    return standard ? "*" : "";
  }

  /** The names that stand at a seam; two where it depends on the device. */
  private static Set<String> standard(Seam<?> seam, StackSettings settings) {
    if (seam == Seams.MACHINE || seam.key().isEmpty()) {
      return Set.of();
    }
    return Stream.of(seam.key(), seam.key() + ".rotational", seam.key() + ".solid")
        .filter(key -> settings.isKey(key) && settings.has(key))
        .map(settings::text)
        .collect(Collectors.toSet());
  }

  private static void listKeys(PrintStream out, List<Setting> settings) {
    int names = settings.stream().mapToInt(setting -> setting.name().length()).max().orElse(0);
    String line = "  %-" + Math.max(1, names) + "s  %s%s%n";
    for (Setting setting : settings) {
      out.printf(line, setting.name(), setting.description(), facts(setting));
    }
  }

  /** What else is to know of a setting: {@code " [0 to 100 percent; default 20; live]"}. */
  private static String facts(Setting setting) {
    List<String> facts = new ArrayList<>();
    if (setting.kind() != Setting.Kind.TEXT) {
      facts.add((setting.range() + " " + setting.unit()).strip());
    }
    if (!setting.defaultValue().isEmpty()) {
      facts.add("default " + setting.defaultValue());
    }
    if (setting.change() == Setting.Change.LIVE) {
      facts.add("live");
    }
    return facts.isEmpty() ? "" : " [" + String.join("; ", facts) + "]";
  }
}
