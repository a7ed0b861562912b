package dev.sekiso.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceFileTest {

  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static int[] pages(Trace trace) {
    return IntStream.range(0, trace.length()).map(trace::page).toArray();
  }

  @Test
  void pageNumbers_areRenumberedAsTheyCome() throws IOException {
    Trace trace = TraceFile.read(file("a.txt", "# a comment\n900\n7\n\n900\r\n  3 read\n7"));
    assertThat(pages(trace)).containsExactly(0, 1, 0, 2, 1);
    assertThat(trace.pages()).isEqualTo(3);
    assertThat(TraceFile.read(file("a.trc", "5\n*\n5\n*\n")).length()).isEqualTo(2);
  }

  @Test
  void runs_areFirstPageAndCount() throws IOException {
    Trace trace = TraceFile.read(file("p1.lis", "100 3 0 1\n101 1 0 2\n200 0 0 3\n"));
    assertThat(pages(trace)).containsExactly(0, 1, 2, 1);
  }

  @Test
  void spc_isInSectorsAndBytes() throws IOException {
    // Sectors 8 to 15 are page 1; 4096 bytes at sector 12 are halves of two pages.
    Trace trace =
        TraceFile.read(
            file(
                "f.spc",
                """
                0,8,4096,W,0.000000
                0,12,4096,r,0.5
                1,8,512,R,0.6,more
                0,0,0,R,0.7
                """));
    assertThat(pages(trace)).containsExactly(0, 0, 1, 2);
  }

  @Test
  void msr_isInBytes_byHostAndDisk() throws IOException {
    Trace trace =
        TraceFile.read(
            file(
                "m.csv",
                """
                Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime
                128166372003061629,hm,0,Read,4095,2,151
                128166372016382155,hm,1,Write,0,4096,151
                128166372026382245,web,0,Read,0,1,151
                128166372036382245,hm,0,Read,4096,512,151
                """));
    assertThat(pages(trace)).containsExactly(0, 1, 2, 3, 1);
  }

  @Test
  void binary_isLittleEndian() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(1).putInt(-1).putInt(256).putInt(1);
    Path file = folder.resolve("x.u32");
    Files.write(file, Arrays.copyOf(bytes.array(), 16));
    assertThat(pages(TraceFile.read(file))).containsExactly(0, 1, 2, 0);
    assertThat(pages(TraceFile.read(file, TraceFormat.U16)))
        .containsExactly(0, 1, 2, 2, 3, 1, 0, 1);
    assertThat(TraceFile.read(file, TraceFormat.U64).length()).isEqualTo(2);
    Files.write(file, new byte[10]);
    assertThatThrownBy(() -> TraceFile.read(file))
        .isInstanceOf(TraceException.class)
        .hasMessage(file + ": ends within a number of 4 bytes");
  }

  @Test
  void packedFiles_areUnpacked() throws IOException {
    Path file = folder.resolve("a.txt.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("4\n5\n4\n".getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(pages(TraceFile.read(file))).containsExactly(0, 1, 0);
  }

  @Test
  void badLines_areNamed() throws IOException {
    wrong("a.txt", "1\n\n2x\n", "line 3: '2x' in column 1 is no page number");
    wrong("a.txt", "1\n-2\n", "line 2: '-2' in column 1 is no page number");
    wrong("a.txt", "99999999999999999999\n", "line 1: '99999999999999999999' in column 1");
    wrong("a.lis", "1 2\n3\n", "line 2: has 1 columns, and no number of pages in column 2");
    wrong("a.lis", "1 2000000\n", "line 1: a request for 2000000 pages; at most 1048576");
    wrong("a.lis", "9223372036854775807 2\n", "line 1: the page 9223372036854775807 is too far");
    wrong("a.spc", "0,8\n", "line 1: has 2 columns, and no size in bytes in column 3");
    wrong("a.spc", "0,,8\n", "line 1: '' in column 2 is no logical block");
    wrong("a.spc", "0,99999999999999999,8,R,0\n", "line 1: the logical block 99999999999999999");
    wrong("a.spc", "600000,8,512,R,0\n", "line 1: the unit 600000 is more than");
    wrong("a.csv", "1,hm,0,Read\n", "line 1: has 4 columns; a line is timestamp, host");
    wrong("a.csv", "1,hm,0,Read,x,1,1\n", "line 1: 'x' in column 5 is no offset");
    wrong("a.csv", "1,hm,0,Read,0,9999999999999,1\n", "line 1: 9999999999999 bytes at 0");
    wrong("a.txt", "1\n" + "7".repeat(5000), "line 2: is longer than 4096 bytes");
    wrong("a.txt", "# nothing\n", "a.txt: there is no request in it");
    wrong("a.dat", "1\n", "the name does not tell the format; give one of pages, runs, spc, msr");
  }

  private void wrong(String name, String text, String message) throws IOException {
    Path file = file(name, text);
    assertThatThrownBy(() -> TraceFile.read(file))
        .as(text.length() > 100 ? name : text)
        .isInstanceOf(TraceException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void fileThatIsNotThere_isNamed() {
    Path file = folder.resolve("no.txt");
    assertThatThrownBy(() -> TraceFile.read(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no.txt");
  }

  @Test
  void everyFormat_hasAWord() {
    for (TraceFormat format : TraceFormat.values()) {
      assertThat(TraceFormat.of(format.word())).isSameAs(format);
    }
    assertThatThrownBy(() -> TraceFormat.of("lis"))
        .hasMessage(
            "there is no trace format 'lis'; there are: pages, runs, spc, msr, u16, u32, u64");
  }
}
