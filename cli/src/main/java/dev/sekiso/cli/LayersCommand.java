package dev.sekiso.cli;

import dev.sekiso.stack.Choice;
import dev.sekiso.stack.Seam;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.StackCatalog;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Lists every seam and every name that can be chosen there, those of plugins included. */
@Command(
    name = "layers",
    description = {
      "Lists every place where an implementation is chosen by name, and the names.",
      "",
      "Each name stands on a line of its own, with what it is and the kernel file or paper it"
          + " answers to; what it can be given behind '?' is listed with --parameters."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sekiso layers", "  sekiso layers --parameters"})
final class LayersCommand implements Callable<Integer> {

  @ParentCommand private Main main;

  @Option(
      names = {"-p", "--parameters"},
      description = "Also list the parameters of each name.")
  private boolean parameters;

  @Override
  public Integer call() {
    StackCatalog catalog = StackCatalog.load();
    PrintStream out = main.out();
    for (Seam<?> seam : Seams.all()) {
      List<Choice<?>> choices = new ArrayList<>(catalog.choices(seam));
      String key = seam.key().isEmpty() ? "" : " (key " + seam.key() + ")";
      out.println(seam.name() + key + ": " + seam.description());
      int names = choices.stream().mapToInt(choice -> choice.name().length()).max().orElse(0);
      int texts =
          choices.stream().mapToInt(choice -> choice.description().length()).max().orElse(0);
      String line = "  %-" + Math.max(1, names) + "s  %-" + Math.max(1, texts) + "s  [%s]%n";
      for (Choice<?> choice : choices) {
        out.printf(line, choice.name(), choice.description(), choice.source());
        if (parameters) {
          choice
              .parameters()
              .forEach(
                  setting -> out.println("      " + setting.name() + ": " + setting.description()));
        }
      }
    }
    return 0;
  }
}
