package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.JsonReport;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.TextReport;
import dev.sekiso.machine.Errno;
import dev.sekiso.stack.StorageStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs whole jobs on whole stacks in virtual time. */
class JobRunnerTest {

  private static final int SEED = 42;

  @ParameterizedTest
  @CsvSource({
    "read,sync,256,0",
    "write,sync,0,256",
    "randread,psync,256,0",
    "randwrite,psync,0,256",
    "randread,posixaio,256,0",
    "randwrite,posixaio,0,256"
  })
  void job_movesItsSize(String rw, String engine, long reads, long writes) throws Exception {
    JobResult result =
        run("[j]\nsize=1m\nrw=" + rw + "\nioengine=" + engine + "\niodepth=8\n").jobs().getFirst();
    assertThat(result.failure()).isNull();
    assertThat(result.read().transfers()).isEqualTo(reads);
    assertThat(result.write().transfers()).isEqualTo(writes);
    assertThat(result.read().bytes()).isEqualTo(reads * 4096);
    assertThat(result.write().bytes()).isEqualTo(writes * 4096);
    assertThat(result.runtimeNanos()).isPositive();
  }

  @Test
  void mixedJob_keepsItsProportion() throws Exception {
    JobResult result = run("[j]\nsize=8m\nrw=randrw\nrwmixread=70\n").jobs().getFirst();
    assertThat(result.read().transfers() + result.write().transfers()).isEqualTo(2048);
    // 2048 draws at 0.7: four standard deviations are 83.
    assertThat(result.read().transfers()).isBetween(1434L - 83, 1434L + 83);
  }

  @ParameterizedTest
  @ValueSource(strings = {"psync", "posixaio"})
  void fsync_comesAfterEveryFourWrites(String engine) throws Exception {
    RunReport report = run("[j]\nsize=128k\nrw=write\nfsync=4\nioengine=" + engine + "\n");
    JobResult result = report.jobs().getFirst();
    assertThat(result.failure()).isNull();
    assertThat(result.sync().transfers()).isEqualTo(8);
    assertThat(report.after().pageCache().written()).isGreaterThanOrEqualTo(32);
  }

  @Test
  void timeBasedJob_runsItsTime() throws Exception {
    JobResult result =
        run("[j]\nsize=64k\nrw=randread\nruntime=20ms\ntime_based\n").jobs().getFirst();
    assertThat(result.runtimeNanos()).isBetween(20_000_000L, 25_000_000L);
    assertThat(result.read().transfers()).isGreaterThan(16);
  }

  @Test
  void morePassesThanCanBeCounted_endAtTheRuntime() throws Exception {
    JobResult result =
        run("[j]\nsize=8g\nrw=write\nloops=2147483647\nruntime=1ms\n").jobs().getFirst();
    assertThat(result.failure()).isNull();
    assertThat(result.write().transfers()).isPositive();
  }

  @Test
  void stonewall_keepsPhasesApart() throws Exception {
    RunReport report =
        run("[w]\nsize=256k\nrw=write\nfilename=f\n[r]\nstonewall\nrw=read\nfilename=f\n");
    assertThat(report.jobs()).extracting(result -> result.failure()).containsOnlyNulls();
    assertThat(report.jobs().get(1).read().bytes()).isEqualTo(256 << 10);
  }

  @Test
  void missingFile_endsThatJobAlone() throws Exception {
    RunReport report = run("[r]\nrw=read\n[w]\nrw=write\nsize=64k\n");
    assertThat(report.jobs().getFirst().failure().errno()).isEqualTo(Errno.EINVAL);
    assertThat(report.jobs().get(1).failure()).isNull();
    assertThat(report.failures()).hasSize(1);
    assertThat(TextReport.of(report)).contains("err=22").contains("give the job a size");
  }

  @Test
  void fullDevice_endsTheJobWithItsError() throws Exception {
    JobResult result = run("[w]\nrw=write\nsize=1g\nbs=1m\n").jobs().getFirst();
    assertThat(result.failure().errno()).isEqualTo(Errno.ENOSPC);
    assertThat(result.write().bytes()).isPositive();
  }

  @Test
  void oneSeed_printsTheSameTwice() throws Exception {
    String jobs =
        "[global]\nsize=2m\n[a]\nrw=randrw\nfsync=16\nnumjobs=2\n[b]\nrw=randread\n"
            + "ioengine=posixaio\niodepth=4\n";
    RunReport first = run(jobs);
    RunReport second = run(jobs);
    assertThat(TextReport.of(first)).isEqualTo(TextReport.of(second));
    assertThat(JsonReport.of(first)).isEqualTo(JsonReport.of(second));
  }

  @Test
  void json_hasTheFieldsOfFio() throws Exception {
    JsonNode root =
        JsonMapper.builder().build().readTree(JsonReport.of(run("[j]\nsize=1m\nrw=randread\n")));
    JsonNode read = root.get("jobs").get(0).get("read");
    assertThat(read.get("io_bytes").asLong()).isEqualTo(1 << 20);
    assertThat(read.get("total_ios").asLong()).isEqualTo(256);
    assertThat(read.get("clat_ns").get("N").asLong()).isEqualTo(256);
    assertThat(read.get("clat_ns").get("percentile").get("99.000000").asLong()).isPositive();
    assertThat(root.get("disk_util").get(0).get("read_ios").asLong()).isPositive();
  }

  @Test
  void text_tellsOfJobsAndLayers() throws Exception {
    assertThat(TextReport.of(run("[reader]\nsize=1m\nrw=read\n")))
        .contains("reader: (groupid=0, jobs=1): err= 0")
        .contains("read: IOPS=")
        .contains("99.00th=[")
        .contains("Run status group 0")
        .contains("page cache   hits=")
        .contains("readahead    pages=");
  }

  private static RunReport run(String jobs) throws Exception {
    JobFile file = JobFile.parse("test.fio", jobs, SEED);
    return StorageStack.builder()
        .simulated(SEED)
        .device("ram:64m")
        .fileSystem("ext2")
        .memory("128m")
        .run(stack -> RunReport.measure(stack, file, new Progress()))
        .value();
  }
}
