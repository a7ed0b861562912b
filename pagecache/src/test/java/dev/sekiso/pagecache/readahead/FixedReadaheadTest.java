package dev.sekiso.pagecache.readahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sekiso.pagecache.ReadaheadState;
import org.junit.jupiter.api.Test;

final class FixedReadaheadTest extends ReadaheadPolicyContract {

  @Override
  protected ReadaheadPolicy policy() {
    return new FixedReadahead(16);
  }

  @Override
  protected long mostPagesOfAFault(ReadaheadState state) {
    return 16;
  }

  @Test
  void everyMiss_readsTheSameWindow() {
    FakeWindow window = new FakeWindow();
    ReadaheadState state = new ReadaheadState(32);
    window.read(policy(), state, 500, 1);
    window.read(policy(), state, 3000, 1);
    assertThat(window.loads).containsExactly("500+16@8", "3000+16@8");
  }

  @Test
  void middleOfTheWindow_startsTheNext() {
    FakeWindow window = new FakeWindow();
    ReadaheadState state = new ReadaheadState(32);
    for (long page = 0; page < 9; page++) {
      window.read(policy(), state, page, 1);
    }
    assertThat(window.loads).containsExactly("0+16@8", "16+16@8");
  }

  @Test
  void window_ofNoPages_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new FixedReadahead(0));
    assertThatIllegalArgumentException().isThrownBy(() -> new FixedReadahead(2049));
  }
}
