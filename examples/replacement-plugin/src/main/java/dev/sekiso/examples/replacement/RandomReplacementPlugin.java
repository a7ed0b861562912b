package dev.sekiso.examples.replacement;

import com.google.inject.Module;
import dev.sekiso.stack.SeamModule;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.Setting;
import dev.sekiso.stack.StackPlugin;
import java.util.List;

/** Adds the replacement policy {@code random}, which takes a seed: {@code random?seed=42}. */
public final class RandomReplacementPlugin implements StackPlugin {

  private static final Setting SEED =
      Setting.integer(
          "seed", "1", Long.MIN_VALUE, Long.MAX_VALUE, "", "where the choices come from");

  @Override
  public Module module() {
    return new SeamModule() {
      @Override
      protected void configure() {
        choice(
            Seams.REPLACEMENT,
            "random",
            "any page, each with the same chance",
            "Belady 1966",
            List.of(SEED),
            (pages, parameters) -> new RandomReplacement(pages, parameters.number(SEED.name())));
      }
    };
  }
}
