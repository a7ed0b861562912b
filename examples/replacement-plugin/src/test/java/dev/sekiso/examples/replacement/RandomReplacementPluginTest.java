package dev.sekiso.examples.replacement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Choice;
import dev.sekiso.stack.ConfigurationException;
import dev.sekiso.stack.Outcome;
import dev.sekiso.stack.Seams;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StackPlugin;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RandomReplacementPluginTest {

  private static final int FILE = 6 << 20;

  @Test
  void plugin_isFoundByServiceLoader() {
    assertThat(ServiceLoader.load(StackPlugin.class))
        .hasAtLeastOneElementOfType(RandomReplacementPlugin.class);
    assertThat(StackCatalog.load().choices(Seams.REPLACEMENT))
        .extracting(Choice::name)
        .contains("random");
  }

  @Test
  void name_worksInAStackWhoseMemoryIsTooSmall() throws ErrnoException {
    Outcome<Long> outcome =
        StorageStack.builder()
            .simulated(1)
            .device("nvme:64m")
            .memory("2m")
            .replacement("random?seed=42")
            .run(RandomReplacementPluginTest::writeAndReadBack);
    assertThat(outcome.value()).as("pages evicted").isPositive();
  }

  private static long writeAndReadBack(StorageStack stack) throws ErrnoException {
    byte[] contents = new byte[FILE];
    new Random(7).nextBytes(contents);
    OpenFile file = stack.vfs().open("/f", 0600, OpenFlag.CREATE, OpenFlag.READ_WRITE);
    stack.vfs().write(file, contents);
    byte[] found = new byte[FILE];
    stack.vfs().pread(file, found, 0);
    stack.vfs().close(file);
    assertThat(found).isEqualTo(contents);
    return stack.counters().pageCache().evicted();
  }

  @Test
  void parameter_unknown_isRefused() {
    assertThatThrownBy(() -> StorageStack.builder().replacement("random?sead=1").build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the replacement 'random' has no parameter 'sead'")
        .hasMessageContaining("did you mean 'seed'?");
  }
}
