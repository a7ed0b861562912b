package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.PowerCut;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReleasesTest {

  private final List<String> done = new ArrayList<>();
  private final Releases releases = new Releases();

  @Test
  void close_goesBackwards_andOnce() throws ErrnoException {
    releases.add(() -> done.add("memory"));
    releases.add(() -> done.add("mount"));

    releases.close();
    releases.close();

    assertThat(done).containsExactly("mount", "memory");
  }

  @Test
  void close_takesEveryStep_andReportsTheFirstFailure() {
    ErrnoException later = new ErrnoException(Errno.EIO, "later");
    ErrnoException first = new ErrnoException(Errno.ENOSPC, "first");
    releases.add(() -> done.add("a"));
    releases.add(() -> fail(later));
    releases.add(() -> fail(first));
    releases.add(() -> done.add("b"));

    assertThatThrownBy(releases::close).isSameAs(first).hasSuppressedException(later);
    assertThat(done).containsExactly("b", "a");
  }

  @Test
  void abandon_doesWhatIsLeft_whenThePowerIsCutWhileClosing() throws ErrnoException {
    releases.add(() -> done.add("close memory"), () -> done.add("abandon memory"));
    releases.add(
        () -> {
          throw new PowerCut();
        },
        () -> done.add("abandon device"));
    releases.add(() -> done.add("close mount"), () -> done.add("abandon mount"));

    assertThatThrownBy(releases::close).isInstanceOf(PowerCut.class);
    releases.abandon();
    releases.close();

    assertThat(done).containsExactly("close mount", "abandon device", "abandon memory");
  }

  @Test
  void abandon_goesOn_whenAStepWantsTheDeadMachine() throws ErrnoException {
    releases.add(() -> done.add("memory"));
    releases.add(() -> {
      throw new PowerCut();
    });
    releases.abandon();
    assertThat(done).containsExactly("memory");
  }

  private static void fail(ErrnoException failure) throws ErrnoException {
    throw failure;
  }
}
