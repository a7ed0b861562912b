package dev.sekiso.lab.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds the JSON report against what fio itself prints for the same job file. */
class FioNamesTest {

  private static final String JOB =
      "[global]\nsize=256k\n[a]\nrw=randrw\nrandseed=3\nfsync=8\n[b]\nstonewall\nrw=read\n";

  /** What fio has no names for, and the sectors, which it tells since 3.37. */
  private static final Set<String> OWN =
      Set.of(
          "jobs",
          "error_message",
          "flush_ios",
          "discard_ios",
          "discard_sectors",
          "read_sectors",
          "write_sectors");

  @TempDir Path folder;

  @Test
  void json_hasFiosNames_andFiosCounts() throws Exception {
    JsonNode fio = fio();
    JsonNode own = own();
    assertThat(own.get("jobs").size()).isEqualTo(fio.get("jobs").size());
    for (int i = 0; i < own.get("jobs").size(); i++) {
      compare("jobs[" + i + "]", own.get("jobs").get(i), fio.get("jobs").get(i));
    }
    if (!fio.get("disk_util").isEmpty()) {
      compare("disk_util", own.get("disk_util").get(0), fio.get("disk_util").get(0));
    }
    for (JsonNode job : own.get("jobs")) {
      int at = job.get("groupid").asInt();
      JsonNode theirs = fio.get("jobs").get(at);
      assertThat(transfers(job)).isEqualTo(transfers(theirs)).isEqualTo(64);
      assertThat(job.get("jobname").asString()).isEqualTo(theirs.get("jobname").asString());
    }
  }

  private static long transfers(JsonNode job) {
    return job.get("read").get("total_ios").asLong() + job.get("write").get("total_ios").asLong();
  }

  /** Every name that stands in our report stands at the same place in fio's. */
  private static void compare(String place, JsonNode own, JsonNode fio) {
    Set<String> names = new TreeSet<>(own.propertyNames());
    names.removeAll(OWN);
    // fio gives the options as they were written; there is nothing to compare.
    names.remove("job options");
    assertThat(fio.propertyNames()).as(place).containsAll(names);
    for (String name : names) {
      if (own.get(name).isObject() && !name.equals("percentile")) {
        compare(place + "." + name, own.get(name), fio.get(name));
      }
    }
  }

  private static JsonNode own() throws IOException {
    return JsonMapper.builder().build().readTree(JsonReport.of(own(JOB)));
  }

  private static RunReport own(String job) throws IOException {
    JobFile jobs = JobFile.parse("job.fio", job, 1);
    return StorageStack.builder()
        .simulated(1)
        .device("nvme:16m")
        .set("device.sdb", "nvme:16m")
        .run(stack -> RunReport.measure(stack, jobs, new Progress()))
        .value();
  }

  private JsonNode fio() throws Exception {
    return JsonMapper.builder().build().readTree(fio(JOB, "json"));
  }

  private String fio(String jobs, String format) throws Exception {
    Path job = Files.writeString(folder.resolve("job.fio"), jobs);
    Path out = folder.resolve("out." + format);
    Process process;
    try {
      process =
          new ProcessBuilder("fio", "--output-format=" + format, "--output=" + out, job.toString())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "fio is not installed: " + e.getMessage());
      throw e;
    }
    assertThat(process.waitFor()).isZero();
    return Files.readString(out);
  }

  @Test
  void numbers_haveNoExponent() throws IOException {
    JobFile jobs = JobFile.parse("job.fio", "[a]\nrw=randrw\nsize=16m\nfsync=100\n", 1);
    String json =
        StorageStack.builder()
            .simulated(1)
            .device("nvme:64m")
            .run(stack -> JsonReport.of(RunReport.measure(stack, jobs, new Progress())))
            .value();
    assertThat(json).doesNotContainPattern("\\d[eE]-?\\d").containsPattern("\\.\\d{6},");
  }

  private static final String TRIMS =
      "[global]\nfilename=DEVICE\nsize=1m\n[a]\nrw=trim\nbs=64k\n"
          + "[b]\nstonewall\nrw=randtrimwrite\nbs=4k\n[c]\nstonewall\nrw=randrw\nbs=4k\n";

  @Test
  void trims_areReportedInFiosForm_withFiosCounts() throws Exception {
    Path backing = Files.write(folder.resolve("backing"), new byte[4 << 20]);
    String loop = command("losetup", "-f", "--show", backing.toString());
    assumeTrue(loop != null, "no loop device can be set up here");
    try {
      RunReport report = own(TRIMS.replace("DEVICE", "/dev/sdb"));
      String jobs = TRIMS.replace("DEVICE", loop);
      assertThat(labels(TextReport.of(report))).isEqualTo(labels(fio(jobs, "normal")));

      JsonMapper mapper = JsonMapper.builder().build();
      JsonNode own = mapper.readTree(JsonReport.of(report)).get("jobs");
      JsonNode fio = mapper.readTree(fio(jobs, "json")).get("jobs");
      for (int i = 0; i < 3; i++) {
        compare("jobs[" + i + "]", own.get(i), fio.get(i));
        for (String count : new String[] {"total_ios", "io_bytes"}) {
          assertThat(own.get(i).get("trim").get(count))
              .isEqualTo(fio.get(i).get("trim").get(count));
        }
      }
    } finally {
      command("losetup", "-d", loop);
    }
  }

  /**
   * What the lines of a report begin with, up to the disks; without what depends on how long it
   * took: classes of latencies, and samples, which there are of what takes half a second.
   */
  private static List<String> labels(String report) {
    return report
        .lines()
        .takeWhile(line -> !line.startsWith("Disk stats"))
        .filter(line -> !line.startsWith("fio-") && !line.matches("(  lat| +bw| +iops) .*"))
        .map(line -> line.replaceFirst("(?<=.)[(=:\\d].*", "").stripTrailing())
        .toList();
  }

  /** What a command prints, null when it cannot be run or fails. */
  private static String command(String... words) throws Exception {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? out.strip() : null;
    } catch (IOException e) {
      return null;
    }
  }
}
