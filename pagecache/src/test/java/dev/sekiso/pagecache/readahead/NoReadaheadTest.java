package dev.sekiso.pagecache.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.ReadaheadState;
import org.junit.jupiter.api.Test;

final class NoReadaheadTest extends ReadaheadPolicyContract {

  @Override
  protected ReadaheadPolicy policy() {
    return new NoReadahead();
  }

  @Test
  void sequentialRead_bringsInNothingAhead() {
    FakeWindow window = new FakeWindow();
    ReadaheadState state = new ReadaheadState(32);
    for (long page = 0; page < 8; page += 2) {
      window.read(policy(), state, page, 2);
    }
    assertThat(window.loaded).isEqualTo(8);
    assertThat(window.marks.isEmpty()).isTrue();
  }
}
