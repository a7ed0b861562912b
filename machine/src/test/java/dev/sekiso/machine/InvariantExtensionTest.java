package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class InvariantExtensionTest {

  private final InvariantExtension extension = new InvariantExtension();

  @Test
  void afterTest_allHold_isQuiet() {
    extension.watch("cache", List::of);
    assertThatCode(() -> extension.afterTestExecution(null)).doesNotThrowAnyException();
  }

  @Test
  void afterTest_someViolated_namesThemAllAndForgets() {
    extension.watch("cache", () -> List.of("page 7 is dirty without a mark", "lost a frame"));
    extension.watch("queue", () -> List.of("a tag is gone"));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> extension.afterTestExecution(null))
        .withMessageContaining("cache: page 7 is dirty without a mark")
        .withMessageContaining("cache: lost a frame")
        .withMessageContaining("queue: a tag is gone");
    assertThatCode(() -> extension.afterTestExecution(null)).doesNotThrowAnyException();
  }

  @Test
  void watch_sameNameTwice_isRefused() {
    extension.watch("cache", List::of);
    assertThatIllegalArgumentException().isThrownBy(() -> extension.watch("cache", List::of));
  }
}
