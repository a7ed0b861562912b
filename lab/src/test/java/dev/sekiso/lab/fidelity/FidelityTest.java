package dev.sekiso.lab.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sekiso.machine.ErrnoException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small recordings, made by hand after the rules of the kernel and the form of the recordings. */
class FidelityTest {

  private static Path made() throws URISyntaxException {
    return Path.of(FidelityTest.class.getResource("made/read-first.json").toURI()).getParent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "read-first",
        "journal-fsync",
        "direct-across-map",
        "submit-stops",
        "deadline-order"
      })
  void recording_ofWhatIsDoneHereToo_agrees(String name) throws Exception {
    ReplayResult result = new Fidelity(made()).replay(name);
    assertThat(result.differences()).isEmpty();
    assertThat(result.operations()).isGreaterThanOrEqualTo(2);
    Agreement agreement = result.agreement();
    assertThat(agreement.compared(Aspect.RETURN)).isEqualTo(result.operations());
    assertThat(agreement.compared(Aspect.REQUESTS)).isPositive();
    for (Aspect aspect : Aspect.values()) {
      assertThat(agreement.agreeing(aspect)).as("%s", aspect).isEqualTo(agreement.compared(aspect));
    }
  }

  @Test
  void difference_isToldOperationByOperation_inTheWordsOfBoth() throws Exception {
    ReplayResult result = new Fidelity(made()).replay("wrong-twice");
    assertThat(result.agreement().agreeing(Aspect.RETURN)).isEqualTo(1);
    assertThat(result.agreement().compared(Aspect.RETURN)).isEqualTo(3);
    List<Difference> differences = result.differences();
    assertThat(differences).extracting(Difference::index).containsExactly(1, 2);
    assertThat(FidelityText.of(differences.getFirst()).lines())
        .startsWith(
            "made/wrong-twice, operation 1",
            "  operation  {\"op\":\"pread\",\"fd\":\"a\",\"off\":0,\"len\":4096}",
            "  return value",
            "    ours     4096",
            "    kernel's 4095",
            "  pages added",
            "    ours     0+4",
            "    kernel's 0+5")
        .anyMatch(line -> line.startsWith("  recorded   {\"ret\":4095,"));
    assertThat(FidelityText.of(differences.getLast())).contains("ours     100", "kernel's 99");
    assertThat(FidelityJson.of(result)).contains("\"kernels\" : \"4095\"");
  }

  @Test
  void report_countsFoldersFamiliesAndTheWhole() throws Exception {
    FidelityReport report = new Fidelity(made()).run(family -> true, (name, done, of) -> {});
    assertThat(report.folders())
        .extracting(FidelityReport.Row::name, FidelityReport.Row::recordings)
        .containsExactly(tuple("made order0", 5), tuple("made order0j", 1));
    assertThat(report.families())
        .extracting(FidelityReport.Row::name)
        .contains("made-read order0", "made-journal order0j");
    assertThat(report.overall().operations()).isEqualTo(17);
    assertThat(report.differences()).hasSize(2);
    assertThat(report.skipped()).isEmpty();
    assertThat(report.reaches(100)).isFalse();
    assertThat(report.reaches(50)).isTrue();
    assertThat(FidelityText.of(report)).contains("made order0: 5 recordings, 14 operations");
  }

  @Test
  void family_isReplayedAlone_andMustExist() throws Exception {
    Fidelity fidelity = new Fidelity(made());
    FidelityReport one = fidelity.run("made-submit"::equals, (name, done, of) -> {});
    assertThat(one.overall().recordings()).isEqualTo(1);
    assertThatThrownBy(() -> fidelity.run("made-up"::equals, (name, done, of) -> {}))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("no recording of that family");
    assertThatThrownBy(() -> fidelity.replay("read-second"))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("no recording 'read-second'");
  }

  @Test
  void fileThatIsNoRecording_isNamedWithTheSpot(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("broken.json");
    Files.writeString(file, "{\n \"header\": {},\n oops");
    refuses(folder, "broken.json", "line 3");
    String whole = Files.readString(made().resolve("read-first.json"));
    Files.writeString(file, whole.replaceFirst(",\\s*\\{\"ret\": 0, \"i\": 2}", ""));
    refuses(folder, "broken.json", "has 2 entries for 3 operations");
    Files.writeString(file, whole.replace("\"op\": \"pread\"", "\"op\": \"teleport\""));
    refuses(folder, "broken.json", "is no operation of a recording: 'teleport'");
    Files.writeString(file, whole.replace("\"max_segments\": \"128\"", "\"max_segments\": \"7\""));
    refuses(folder, "max_segments", "only 128 can be replayed");
  }

  private static void refuses(Path folder, String... words)
      throws RecordingException, ErrnoException {
    Fidelity fidelity = new Fidelity(folder);
    assertThatThrownBy(() -> fidelity.replay("broken"))
        .isInstanceOf(RecordingException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void folderWithoutRecordings_isRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> new Fidelity(folder))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("no recordings");
    assertThatThrownBy(() -> new Fidelity(folder.resolve("gone")))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("does not exist");
  }
}
