package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToldOutputTest {

  @TempDir Path folder;

  private static ToldOutput print(Path file) throws Exception {
    try (FileOutputStream opened = new FileOutputStream(file.toFile())) {
      ToldOutput told = new ToldOutput(opened.getFD());
      PrintStream out = new PrintStream(told, false, StandardCharsets.UTF_8);
      out.println("a line");
      assertThat(out.checkError()).isEqualTo(told.reason() != null);
      return told;
    }
  }

  @Test
  void fullDisk_isRemembered() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full");
    assertThat(print(full).reason()).contains("No space");
  }

  @Test
  void whatIsWritten_leavesNoReason() throws Exception {
    Path file = folder.resolve("out");
    assertThat(print(file).reason()).isNull();
    assertThat(Files.readString(file)).isEqualTo("a line" + System.lineSeparator());
  }
}
