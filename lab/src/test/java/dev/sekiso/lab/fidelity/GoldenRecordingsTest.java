package dev.sekiso.lab.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stack against what a real kernel was recorded doing, family by family: no share may fall
 * below what has been reached. Runs where the recordings are: in the folder that the system
 * property {@code sekiso.golden} names, else in {@code shared/kernel-golden} beside the checkout.
 */
class GoldenRecordingsTest {

  /** A share that is not whole; the package's documentation says what is missing and why. */
  private record Floor(String family, Aspect aspect, String percent) {}

  private static final List<Floor> FLOORS =
      List.of(
          new Floor("adv", Aspect.REQUESTS, "98.87"),
          new Floor("fuzz", Aspect.BIOS, "98.58"),
          new Floor("fuzz", Aspect.REQUESTS, "97.97"),
          new Floor("ra", Aspect.REQUESTS, "99.94"),
          new Floor("wr", Aspect.BIOS, "96.29"));

  /** Where the recordings are. */
  static Optional<Path> golden() {
    String named = System.getProperty("sekiso.golden", "");
    Stream<Path> places =
        named.isEmpty()
            // A module's tests run in the module; the checkout is its parent.
            ? Stream.of(Path.of("..", "..", "shared", "kernel-golden"))
            : Stream.of(Path.of(named));
    return places.filter(Files::isDirectory).findFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"adv", "blk", "fuzz", "mm", "ra", "rp", "wb", "wr"})
  void family_agreesAsFarAsItDid(String family) throws Exception {
    Optional<Path> folder = golden();
    assumeTrue(
        folder.isPresent(),
        "no recordings beside the checkout, and -Dsekiso.golden names none: nothing to compare");
    FidelityReport report =
        new Fidelity(folder.get()).run(family::equals, (recording, done, of) -> {});
    List<String> fallen = new ArrayList<>();
    for (FidelityReport.Row row : report.folders()) {
      for (Aspect aspect : Aspect.values()) {
        long compared = row.agreement().compared(aspect);
        if (compared == 0) {
          continue;
        }
        BigDecimal share = Agreement.percent(row.agreement().agreeing(aspect), compared);
        if (share.compareTo(floor(family, aspect)) < 0) {
          fallen.add("%s, %s: %s %%".formatted(row.name(), aspect.title(), share));
        }
      }
    }
    assertThat(report.folders()).isNotEmpty();
    assertThat(fallen).as("shares below what was reached").isEmpty();
  }

  private static BigDecimal floor(String family, Aspect aspect) {
    return FLOORS.stream()
        .filter(floor -> floor.family.equals(family) && floor.aspect == aspect)
        .map(floor -> new BigDecimal(floor.percent))
        .findFirst()
        .orElse(BigDecimal.valueOf(100));
  }
}
