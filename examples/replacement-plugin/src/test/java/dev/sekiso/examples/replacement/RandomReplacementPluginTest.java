package dev.sekiso.examples.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Choice;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StackPlugin;
import dev.sekiso.stack.StorageStack;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RandomReplacementPluginTest {

  @Test
  void plugin_isFoundByServiceLoader() {
    assertThat(ServiceLoader.load(StackPlugin.class))
        .hasAtLeastOneElementOfType(RandomReplacementPlugin.class);
    assertThat(StackCatalog.load().choices(Seams.REPLACEMENT))
        .extracting(Choice::name)
        .contains("random");
  }

  @Test
  void name_worksInAStack() throws ErrnoException {
    try (StorageStack stack =
        StorageStack.builder().memory("4m").replacement("random?seed=42").build()) {
      assertThat(stack.settings().text("replacement")).isEqualTo("random?seed=42");
    }
  }
}
