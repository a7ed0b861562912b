package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.JsonReport;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.TextReport;
import dev.sekiso.machine.Errno;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Jobs that trim a modelled disk beside the one that the root is on, in virtual time. */
class TrimJobTest {

  private static final int SEED = 7;
  private static final int MEBIBYTE = 1 << 20;
  private static final String FILL =
      "[global]\nfilename=/dev/sdb\nsize=1m\n[fill]\nrw=write\nend_fsync\n[j]\nstonewall\n";

  /** The report, and what the first two MiB of the device hold afterwards. */
  private record Ended(RunReport report, byte[] contents) {

    JobResult result() {
      return report.jobs().getLast();
    }

    long discardSectors() {
      return counters().discardSectors();
    }

    DeviceCounters counters() {
      return report.after().devices().get("sdb");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "trim,sync",
    "trim,psync",
    "randtrim,psync",
    "randtrim,sync",
    "trim,posixaio",
    "randtrim,posixaio"
  })
  void trim_discardsItsSize_whichThenReadsAsZeroes(String rw, String engine) throws Exception {
    Ended ended =
        run(FILL + "rw=" + rw + "\nbs=16k\nsize=512k\niodepth=4\nioengine=" + engine + "\n");
    JobResult result = ended.result();
    assertThat(result.failure()).isNull();
    assertThat(result.trim().transfers()).isEqualTo(32);
    assertThat(result.trim().bytes()).isEqualTo(MEBIBYTE / 2);
    assertThat(result.read().transfers() + result.write().transfers()).isZero();
    assertThat(result.trim().latency().count()).isEqualTo(32);
    assertThat(result.runtimeNanos()).isPositive();
    assertThat(ended.discardSectors()).isEqualTo(1024);
    assertThat(ended.counters().discardRequests()).isEqualTo(32);
    assertThat(Arrays.copyOf(ended.contents, MEBIBYTE / 2)).containsOnly(0);
    for (int at = MEBIBYTE / 2; at < MEBIBYTE; at += 4096) {
      assertThat(Arrays.copyOfRange(ended.contents, at, at + 4096))
          .as("byte %d", at)
          .isNotEqualTo(new byte[4096]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "trimwrite,psync",
    "trimwrite,sync",
    "trimwrite,posixaio",
    "randtrimwrite,psync",
    "randtrimwrite,posixaio"
  })
  void trimwrite_writesEachBlockItTrimmed(String rw, String engine) throws Exception {
    Ended ended =
        run(
            "[j]\nfilename=/dev/sdb\nsize=1m\nbs=4k,8k,16k\niodepth=4\nend_fsync\nrw="
                + rw
                + "\nioengine="
                + engine
                + "\n");
    JobResult result = ended.result();
    assertThat(result.failure()).isNull();
    assertThat(result.trim().transfers()).isEqualTo(64);
    assertThat(result.write().transfers()).isEqualTo(64);
    assertThat(result.trim().bytes()).isEqualTo(MEBIBYTE);
    assertThat(result.write().bytes()).isEqualTo(MEBIBYTE);
    assertThat(ended.discardSectors()).isEqualTo(2048);
    assertThat(ended.counters().writeSectors()).isGreaterThanOrEqualTo(2048);
    for (int at = 0; at < MEBIBYTE; at += 4096) {
      assertThat(Arrays.copyOfRange(ended.contents, at, at + 4096))
          .as("byte %d", at)
          .isNotEqualTo(new byte[4096]);
    }
    assertThat(Arrays.copyOfRange(ended.contents, MEBIBYTE, 2 * MEBIBYTE)).containsOnly(0);
  }

  @Test
  void trimwrite_syncsAfterItsWrites() throws Exception {
    JobResult result = run("[j]\nfilename=/dev/sdb\nsize=128k\nrw=trimwrite\nfsync=4\n").result();
    assertThat(result.failure()).isNull();
    assertThat(result.write().transfers()).isEqualTo(32);
    assertThat(result.sync().transfers()).isEqualTo(8);
  }

  @Test
  void ioSize_limitsWhatIsTrimmed() throws Exception {
    JobResult result =
        run("[j]\nfilename=/dev/sdb\nsize=1m\nrw=trim\noffset=1m\nio_size=64k\n").result();
    assertThat(result.trim().bytes()).isEqualTo(64 << 10);
  }

  @Test
  void withoutASize_theWholeDeviceIsTrimmed() throws Exception {
    Ended ended = run("[j]\nfilename=/dev/sdb\nrw=trim\nbs=1m\n");
    assertThat(ended.result().trim().bytes()).isEqualTo(16L * MEBIBYTE);
    assertThat(ended.discardSectors()).isEqualTo(32_768);
  }

  @Test
  void reports_tellOfTrims_withFiosNames() throws Exception {
    RunReport report = run(FILL + "rw=trim\nbs=16k\n").report();
    assertThat(TextReport.of(report))
        .contains("  trim: IOPS=")
        .contains("   TRIM: bw=")
        .contains("issued rwts: total=0,0,64,0 short=0,0,0,0")
        .contains("discards=64, sectors=2048");
    JsonNode root = JsonMapper.builder().build().readTree(JsonReport.of(report));
    JsonNode trim = root.get("jobs").get(1).get("trim");
    assertThat(trim.get("io_bytes").asLong()).isEqualTo(MEBIBYTE);
    assertThat(trim.get("total_ios").asLong()).isEqualTo(64);
    assertThat(trim.get("iops").asDouble()).isPositive();
    assertThat(trim.get("clat_ns").get("N").asLong()).isEqualTo(64);
    assertThat(trim.propertyNames())
        .containsExactlyElementsOf(root.get("jobs").get(1).get("read").propertyNames());
    assertThat(root.get("jobs").get(0).get("trim").get("total_ios").asLong()).isZero();
  }

  @Test
  void deviceWithoutDiscard_endsTheJob() throws Exception {
    JobResult result = run("[j]\nfilename=/dev/sdb\nsize=1m\nrw=trim\n", "hdd:16m").result();
    assertThat(result.failure().errno()).isEqualTo(Errno.EOPNOTSUPP);
    assertThat(result.trim().transfers()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/data|trim.fio:4: rw=trim: trim only applies to block devices, and /data is none",
        "/dev/sdx|trim.fio:4: rw=trim: trim only applies to block devices, and /dev/sdx is none",
        "/dev/sda|trim.fio:4: /dev/sda appears mounted; rw=trim would destroy what is on it"
      })
  void trimOfWhatIsNoFreeDevice_isRefusedWithItsLine(String name, String message) {
    String jobs = "[j]\nfilename=" + name + "\nsize=1m\nrw=trim\n";
    assertThatThrownBy(() -> run(jobs)).hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"trim", "read", "write"})
  void rangeBeyondTheDevice_isRefused(String rw) {
    String jobs = "[j]\nfilename=/dev/sdb\nsize=16m\noffset=4k\nrw=" + rw + "\n";
    assertThatThrownBy(() -> run(jobs))
        .hasMessageContaining("trim.fio:5: 16777216 bytes at 4096 are more than /dev/sdb has");
  }

  private static Ended run(String jobs) throws Exception {
    return run(jobs, "nvme:16m");
  }

  private static Ended run(String jobs, String device) throws Exception {
    JobFile file = JobFile.parse("trim.fio", jobs, SEED);
    return StorageStack.builder()
        .simulated(SEED)
        .device("ram:16m")
        .device(device)
        .memory("32m")
        .run(stack -> {
          RunReport report = RunReport.measure(stack, file, new Progress());
          byte[] contents = new byte[2 * MEBIBYTE];
          OpenFile raw = stack.vfs().open("/dev/sdb");
          assertThat(stack.vfs().pread(raw, contents, 0)).isEqualTo(contents.length);
          stack.vfs().close(raw);
          return new Ended(report, contents);
        })
        .value();
  }
}
