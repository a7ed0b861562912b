package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FileNameTest {

  @Test
  void decode_anyBytes_roundTrips() {
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      assertThat(FileName.encode(FileName.decode(bytes))).as("seed %d", seed).isEqualTo(bytes);
    }
  }

  @Test
  void decode_validUtf8_isTheText() {
    String text = "Ünïcödé 積層 \uD83D\uDE00";
    assertThat(FileName.decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
    assertThat(FileName.encode(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void decode_replacementCharacterItself_staysOne() {
    byte[] bytes = "a\uFFFDb".getBytes(StandardCharsets.UTF_8);
    assertThat(FileName.decode(bytes)).isEqualTo("a\uFFFDb");
  }

  @Test
  void of_badNames_fail() {
    assertFails(Errno.ENOENT, "");
    assertFails(Errno.EINVAL, "a/b");
    assertFails(Errno.EINVAL, "a\0b");
    assertFails(Errno.ENAMETOOLONG, "é".repeat(128));
  }

  private static void assertFails(Errno errno, String name) {
    assertThatThrownBy(() -> FileName.of(name))
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  @Test
  void equality_isOfBytes() throws Exception {
    FileName one = FileName.of("name");
    assertThat(one).isEqualTo(FileName.of("name".getBytes(StandardCharsets.UTF_8)));
    assertThat(one).hasSameHashCodeAs(FileName.of("name"));
    assertThat(one).isNotEqualTo(FileName.of("Name"));
    assertThat(FileName.of(new byte[] {(byte) 0xFF})).isGreaterThan(one);
    assertThat(one.length()).isEqualTo(4);
    assertThat(one.byteAt(1)).isEqualTo((byte) 'a');
    assertThat(one).hasToString("name");
  }

  @Test
  void timestamp_nanos_areWithinASecond() {
    assertThat(Timestamp.ofNanos(-1)).isEqualTo(new Timestamp(-1, 999_999_999));
    assertThat(Timestamp.ofNanos(1_500_000_000L)).isEqualTo(new Timestamp(1, 500_000_000));
    assertThat(Timestamp.ofNanos(-1).isAt(-1)).isTrue();
    assertThat(new Timestamp(1, 2)).isLessThan(new Timestamp(1, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> new Timestamp(0, 1_000_000_000));
  }
}
