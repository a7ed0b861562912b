package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReleasesTest {

  private final List<String> done = new ArrayList<>();
  private final Releases releases = new Releases();

  @Test
  void close_goesBackwards_andOnce() throws ErrnoException {
    releases.onRelease(() -> done.add("memory"));
    releases.onClose(() -> done.add("mount"));

    releases.close();
    releases.close();

    assertThat(done).containsExactly("mount", "memory");
  }

  @Test
  void close_takesEveryStep_andReportsTheFirstFailure() {
    releases.onRelease(() -> done.add("a"));
    ErrnoException later = new ErrnoException(Errno.EIO, "later");
    releases.onRelease(() -> {
      throw later;
    });
    ErrnoException first = new ErrnoException(Errno.ENOSPC, "first");
    releases.onClose(() -> {
      throw first;
    });
    releases.onClose(() -> done.add("b"));

    assertThatThrownBy(releases::close).isSameAs(first).hasSuppressedException(later);
    assertThat(done).containsExactly("b", "a");
  }

  @Test
  void abandon_givesBackOnlyWhatIsTheHosts() throws ErrnoException {
    releases.onRelease(() -> done.add("memory"));
    releases.onClose(() -> done.add("mount"));
    releases.abandon();
    releases.close();
    assertThat(done).containsExactly("memory");
  }
}
