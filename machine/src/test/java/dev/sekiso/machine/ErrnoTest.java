package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {

  @ParameterizedTest
  @CsvSource({
    "EPERM, 1",
    "ENOENT, 2",
    "EIO, 5",
    "EBADF, 9",
    "EAGAIN, 11",
    "ENOMEM, 12",
    "EACCES, 13",
    "EBUSY, 16",
    "EEXIST, 17",
    "EXDEV, 18",
    "ENOTDIR, 20",
    "EISDIR, 21",
    "EINVAL, 22",
    "EMFILE, 24",
    "ETXTBSY, 26",
    "EFBIG, 27",
    "ENOSPC, 28",
    "ESPIPE, 29",
    "EROFS, 30",
    "EMLINK, 31",
    "ERANGE, 34",
    "EDEADLK, 35",
    "ENAMETOOLONG, 36",
    "ENOSYS, 38",
    "ENOTEMPTY, 39",
    "ELOOP, 40",
    "ENODATA, 61",
    "EOVERFLOW, 75",
    "EOPNOTSUPP, 95",
    "ETIMEDOUT, 110",
    "EINPROGRESS, 115",
    "ESTALE, 116",
    "EUCLEAN, 117",
    "EREMOTEIO, 121",
    "EDQUOT, 122",
    "ECANCELED, 125",
    "EHWPOISON, 133"
  })
  void number_isLinuxs(Errno errno, int number) {
    assertThat(errno.number()).isEqualTo(number);
  }

  @Test
  void of_everyNumber_findsItsError() {
    for (Errno errno : Errno.values()) {
      assertThat(Errno.of(errno.number())).isSameAs(errno);
      assertThat(errno.description()).isNotBlank();
    }
  }

  @Test
  void numbers_cover1To133ExceptLinuxsTwoGaps() {
    assertThat(Arrays.stream(Errno.values()).map(Errno::number).collect(Collectors.toSet()))
        .hasSize(131)
        .doesNotContain(41, 58)
        .allMatch(number -> number >= 1 && number <= 133);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 41, 58, 134, 4095, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void of_noSuchNumber_throws(int number) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Errno.of(number))
        .withMessageContaining(Integer.toString(number));
  }

  @Test
  void secondNames_areTheSameErrors() {
    assertThat(Errno.EWOULDBLOCK).isSameAs(Errno.EAGAIN);
    assertThat(Errno.EDEADLOCK).isSameAs(Errno.EDEADLK);
    assertThat(Errno.ENOTSUP).isSameAs(Errno.EOPNOTSUPP);
  }

  @Test
  void errnoException_says_errorAndPlace() {
    Exception cause = new Exception("cause");
    ErrnoException exception = new ErrnoException(Errno.EIO, "inode 12, block 7", cause);
    assertThat(exception)
        .hasMessageContaining("EIO")
        .hasMessageContaining("inode 12, block 7")
        .hasCause(cause);
    assertThat(exception.errno()).isSameAs(Errno.EIO);
    assertThat(new ErrnoException(Errno.ENOSPC, "/data").errno()).isSameAs(Errno.ENOSPC);
  }
}
