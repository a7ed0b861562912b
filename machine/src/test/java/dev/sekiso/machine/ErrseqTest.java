package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ErrseqTest {

  private static final int SEEN = 1 << 12;
  private static final int COUNTER_UNIT = 1 << 13;

  private final Errseq errors = new Errseq();

  @Test
  void sample_noErrorEver_isZeroAndStaysQuiet() {
    int cursor = errors.sample();
    assertThat(cursor).isZero();
    assertThat(errors.check(cursor)).isNull();
    assertThat(errors.advance(cursor)).isEqualTo(cursor);
  }

  @Test
  void advance_afterAnError_reportsItOnce() {
    int cursor = errors.sample();
    errors.set(Errno.EIO);
    int next = errors.advance(cursor);
    assertThat(Errseq.errnoBetween(cursor, next)).isEqualTo(Errno.EIO);
    assertThat(Errseq.errnoBetween(next, errors.advance(next))).isNull();
  }

  @Test
  void advance_severalObservers_reportsToEachOnce() {
    int first = errors.sample();
    int second = errors.sample();
    errors.set(Errno.ENOSPC);
    assertThat(Errseq.errnoBetween(first, errors.advance(first))).isEqualTo(Errno.ENOSPC);
    assertThat(Errseq.errnoBetween(second, errors.advance(second))).isEqualTo(Errno.ENOSPC);
  }

  @Test
  void sample_errorUnseen_isZeroSoThatALaterOpenerHearsOfIt() {
    errors.set(Errno.EIO);
    int late = errors.sample();
    assertThat(late).isZero();
    assertThat(Errseq.errnoBetween(late, errors.advance(late))).isEqualTo(Errno.EIO);
  }

  @Test
  void sample_errorSeen_staysQuietUntilTheNext() {
    errors.set(Errno.EIO);
    errors.advance(0);
    int late = errors.sample();
    assertThat(late).isNotZero();
    assertThat(errors.check(late)).isNull();
    errors.set(Errno.EIO);
    assertThat(errors.check(late)).isEqualTo(Errno.EIO);
  }

  @Test
  void check_marksNothing() {
    errors.set(Errno.EIO);
    assertThat(errors.check(0)).isEqualTo(Errno.EIO);
    assertThat(errors.check(0)).isEqualTo(Errno.EIO);
    assertThat(errors.sample()).isZero();
  }

  @Test
  void set_unseenError_doesNotCount() {
    errors.set(Errno.EIO);
    errors.set(Errno.EIO);
    errors.set(Errno.ENOSPC);
    assertThat(errors.advance(0)).isEqualTo(Errno.ENOSPC.number() | SEEN);
  }

  @Test
  void set_seenError_counts() {
    errors.set(Errno.EIO);
    int cursor = errors.advance(0);
    assertThat(cursor).isEqualTo(Errno.EIO.number() | SEEN);
    errors.set(Errno.EIO);
    assertThat(errors.advance(cursor)).isEqualTo((Errno.EIO.number() | SEEN) + COUNTER_UNIT);
  }

  @Test
  void set_counterOverflows_wrapsWithoutTouchingTheError() {
    int cursor = 0;
    for (int i = 0; i < (1 << 19) + 3; i++) {
      errors.set(Errno.EIO);
      int next = errors.advance(cursor);
      if (Errseq.errnoBetween(cursor, next) != Errno.EIO) {
        throw new AssertionError("error " + i + " was lost");
      }
      cursor = next;
    }
    assertThat(cursor).isEqualTo((Errno.EIO.number() | SEEN) + 2 * COUNTER_UNIT);
  }

  @Test
  void takeFlags_oneError_isTakenByTheFirstAlone() {
    assertThat(errors.takeFlags()).isNull();
    errors.set(Errno.ENOSPC);
    assertThat(errors.takeFlags()).isEqualTo(Errno.ENOSPC);
    assertThat(errors.takeFlags()).isNull();
    errors.set(Errno.EDQUOT);
    assertThat(errors.takeFlags()).as("all but ENOSPC is EIO").isEqualTo(Errno.EIO);
  }

  @Test
  void takeFlags_bothErrors_tellsOfInputAndOutputInEitherOrder() {
    errors.set(Errno.EIO);
    errors.set(Errno.ENOSPC);
    assertThat(errors.takeFlags()).isEqualTo(Errno.EIO);
    assertThat(errors.takeFlags()).as("both were cleared").isNull();
    errors.set(Errno.ENOSPC);
    errors.set(Errno.EIO);
    assertThat(errors.takeFlags()).isEqualTo(Errno.EIO);
    assertThat(errors.takeFlags()).isNull();
  }

  @Test
  void takeFlags_andCursors_knowNothingOfEachOther() {
    int cursor = errors.sample();
    errors.set(Errno.EIO);
    assertThat(errors.takeFlags()).isEqualTo(Errno.EIO);
    int next = errors.advance(cursor);
    assertThat(Errseq.errnoBetween(cursor, next)).isEqualTo(Errno.EIO);
    errors.set(Errno.EIO);
    assertThat(errors.check(next)).isEqualTo(Errno.EIO);
    int last = errors.advance(next);
    assertThat(errors.takeFlags()).isEqualTo(Errno.EIO);
    assertThat(errors.check(last)).isNull();
  }

  @Test
  void set_null_throws() {
    assertThatNullPointerException().isThrownBy(() -> errors.set(null));
  }

  @Test
  void hammered_everyObserverHearsTheLastErrorAndNeverMoreThanWereSet() throws Exception {
    int observers = 3;
    int setters = 2;
    int perSetter = 100_000;
    Errno[] errnos = {Errno.EIO, Errno.ENOSPC, Errno.EDQUOT};
    AtomicBoolean done = new AtomicBoolean();
    int start = errors.sample();
    try (ExecutorService pool = Executors.newFixedThreadPool(observers + setters + 1)) {
      List<Future<Integer>> heard = new ArrayList<>();
      Callable<Integer> taker =
          () -> {
            int count = 0;
            boolean last;
            do {
              last = done.get();
              count += errors.takeFlags() == null ? 0 : 1;
            } while (!last);
            assertThat(errors.takeFlags()).isNull();
            return count;
          };
      heard.add(pool.submit(taker));
      for (int i = 0; i < observers; i++) {
        Callable<Integer> observer =
            () -> {
              int cursor = start;
              int count = 0;
              boolean last;
              do {
                last = done.get();
                int next = errors.advance(cursor);
                if (Errseq.errnoBetween(cursor, next) != null) {
                  count++;
                }
                cursor = next;
              } while (!last);
              assertThat(errors.check(cursor)).isNull();
              return count;
            };
        heard.add(pool.submit(observer));
      }
      List<Future<?>> setting = new ArrayList<>();
      for (int i = 0; i < setters; i++) {
        int seed = i;
        setting.add(
            pool.submit(() -> {
              for (int n = 0; n < perSetter; n++) {
                errors.set(errnos[(n + seed) % errnos.length]);
              }
            }));
      }
      for (Future<?> setter : setting) {
        setter.get();
      }
      done.set(true);
      for (Future<Integer> count : heard) {
        assertThat(count.get()).isBetween(1, setters * perSetter);
      }
    }
  }
}
