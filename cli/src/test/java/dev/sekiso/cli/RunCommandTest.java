package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {

  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void run_reportsJobsAndLayers() throws IOException {
    assertThat(sekiso("run", job("[reader]\nsize=1m\nrw=read\n"))).isZero();
    assertThat(text(out)).contains("reader: (groupid=0, jobs=1): err= 0").contains("Layers:");
  }

  @Test
  void run_oneSeed_printsTheSameTwice() throws IOException {
    String job = job("[j]\nsize=1m\nrw=randrw\nfsync=8\nnumjobs=2\n");
    sekiso("run", job, "--seed", "3");
    String first = text(out);
    out.reset();
    sekiso("run", job, "--seed", "3");
    assertThat(text(out)).isEqualTo(first).contains("randrw");
  }

  @Test
  void run_json_isJson() throws IOException {
    assertThat(sekiso("run", job("[j]\nsize=1m\n"), "--output-format", "json")).isZero();
    assertThat(text(out)).startsWith("{").contains("\"clat_ns\"");
  }

  @Test
  void run_jobsInGroups_tellsOfEachByTheKernelsNames() throws IOException {
    String job =
        job(
            """
            [global]
            size=2m
            bs=64k
            [writer]
            rw=write
            end_fsync=1
            cgroup=db/writers
            cgroup_weight=300
            [reader]
            rw=read
            cgroup=small
            """);
    assertThat(sekiso("run", job, "--set", "memory.max./small=1m")).isZero();
    assertThat(text(out))
        .containsPattern("/db/writers +file=2[0-9]{6}, file_dirty=0, file_writeback=0")
        .containsPattern("/db +file=2[0-9]{6}")
        .containsPattern("sda: rbytes=0, wbytes=2[0-9]+, rios=0, wios=[1-9]")
        .containsPattern("sda: rbytes=2[0-9]+, wbytes=0, rios=[1-9][0-9]*, wios=0")
        .containsPattern("pgscan=[1-9][0-9]*, pgsteal=[1-9]");
    out.reset();
    assertThat(sekiso("run", job, "--output-format", "json")).isZero();
    assertThat(text(out))
        .contains("\"cgroups\"", "\"/db/writers\"", "\"memory.stat\"", "\"io.stat\"")
        .contains("\"workingset_refault_file\"", "\"workingset_activate_file\"", "\"wios\"");
  }

  @Test
  void run_onAnImage_leavesTheFilesThere() throws IOException {
    String image = directory.resolve("disk.img").toString();
    String job = job("[w]\nfilename=data\nsize=1m\nrw=write\nend_fsync=1\n");
    assertThat(sekiso("mkfs", image, "8m")).isZero();
    assertThat(sekiso("run", job, "--image", image)).isZero();
    out.reset();
    assertThat(sekiso("fs", image, "ls")).isZero();
    assertThat(text(out)).contains("data");
  }

  @Test
  void run_unknownOption_namesTheLine() throws IOException {
    assertThat(sekiso("run", job("[j]\nbs=4k\niodeth=3\n"))).isEqualTo(Main.FAILED);
    assertThat(text(err)).contains(":3: there is no option 'iodeth' (did you mean 'iodepth'?)");
  }

  @Test
  void run_failedJob_isAnError() throws IOException {
    assertThat(sekiso("run", job("[j]\nrw=read\n"))).isEqualTo(Main.FAILED);
    assertThat(text(err)).contains("job j: EINVAL");
  }

  @Test
  void run_unknownPolicy_namesTheNearest() throws IOException {
    assertThat(sekiso("run", job("[j]\nsize=1m\n"), "--replacement", "lruu"))
        .isEqualTo(Main.WRONGLY_CALLED);
    assertThat(text(err)).contains("'lru'");
  }

  @Test
  void run_takesItsAsynchronousIoFromTheStack() throws IOException {
    String job = job("[j]\nsize=1m\nrw=randread\nioengine=posixaio\niodepth=8\n");
    assertThat(sekiso("run", job)).isZero();
    String engine = text(out);
    out.reset();
    assertThat(sekiso("run", job, "--layer", "aio=inline")).isZero();
    assertThat(text(out)).contains("ioengine=posixaio, iodepth=8").isNotEqualTo(engine);
  }

  @Test
  void run_configurationFile_isRead() throws IOException {
    Path file =
        Files.writeString(directory.resolve("a.conf"), "device.sda = ram:16m\nreadahead = none");
    assertThat(sekiso("run", job("[j]\nsize=1m\n"), "--config", file.toString())).isZero();
    assertThat(text(out)).contains("readahead    pages=0");
  }

  @Test
  void progress_isShownWhenAskedFor_andOnlyOnTheErrorStream() throws IOException {
    String job = job("[j]\nsize=1m\n");
    assertThat(sekiso("run", job)).isZero();
    String report = text(out);
    assertThat(text(err)).isEmpty();
    out.reset();
    assertThat(sekiso("run", job, "--progress", "always")).isZero();
    assertThat(text(out)).isEqualTo(report);
    assertThat(text(err)).contains("\r").contains("run").contains("100%");
  }

  @Test
  void powerCut_tellsWhatIsLeft() throws IOException {
    String job = job("[w]\nsize=4m\nrw=write\nfsync=16\n");
    assertThat(sekiso("run", job, "--power-cut", "1ms")).isZero();
    assertThat(text(out)).contains("The power was cut.").contains("/w.0.0: ");
    out.reset();
    assertThat(sekiso("run", job, "--power-cut", "1ms", "--output-format", "json")).isZero();
    assertThat(text(out)).contains("\"power_cut\"").contains("\"/w.0.0\" : ");
    out.reset();
    assertThat(sekiso("run", job, "--power-cut", "9s")).isZero();
    assertThat(text(out)).contains("err= 0");
    assertThat(text(err)).contains("give --power-cut less");
  }

  @Test
  void plot_isDrawn_andTheReportStaysTheSame() throws IOException {
    String job = job("[w]\nsize=4m\nrw=write\n[r]\nsize=1m\n");
    assertThat(sekiso("run", job)).isZero();
    String report = text(out);
    out.reset();
    Path svg = directory.resolve("a.svg");
    Path csv = directory.resolve("a.csv");
    assertThat(
            sekiso(
                "run", job, "--plot", svg.toString(), "--plot", csv.toString(), "--seed", "24301"))
        .isZero();
    assertThat(text(out)).isEqualTo(report);
    assertThat(svg).content().startsWith("<svg ").contains(">setpoint<", ">w<", "MiB/s");
    assertThat(csv).content().startsWith("time_s,dirty_pages,").contains("w_bytes_per_s\n0.0");
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 80, 100, 200})
  void progress_fitsItsTerminal(int columns) throws IOException {
    System.setProperty("sekiso.columns", Integer.toString(columns));
    try {
      assertThat(sekiso("run", job("[j]\nsize=8m\nrw=randrw\n"))).isZero();
    } finally {
      System.clearProperty("sekiso.columns");
    }
    assertThat(text(err).split("\r"))
        .allSatisfy(line -> assertThat(line.length()).isLessThan(columns))
        .noneSatisfy(line -> assertThat(line).endsWith("…").contains("IOPS"));
  }

  @Test
  void run_options_areListed() {
    assertThat(sekiso("run", "--options")).isZero();
    assertThat(text(out)).contains("rwmixread").contains("iodepth");
  }

  private String job(String text) throws IOException {
    return Files.writeString(directory.resolve("job.fio"), text).toString();
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  private int sekiso(String... arguments) {
    return Main.run(new PrintStream(out, true), new PrintStream(err, true), arguments);
  }
}
