package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.stack.StorageStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs in control groups on a modelled disk, in virtual time. */
class GroupJobTest {

  private static final String TWO_WRITERS =
      """
      [global]
      rw=write
      bs=64k
      size=192m
      runtime=5
      time_based
      [heavy]
      cgroup=heavy
      cgroup_weight=400
      [light]
      cgroup=light
      cgroup_weight=100
      """;

  private static RunReport run(String device, String... settings) throws Exception {
    StorageStack.Builder builder = StorageStack.builder().simulated(1).device(device).memory("1g");
    for (String setting : settings) {
      String[] pair = setting.split("=", 2);
      builder.set(pair[0], pair[1]);
    }
    JobFile jobs = JobFile.parse("groups.fio", TWO_WRITERS, 1);
    return builder.run(stack -> RunReport.measure(stack, jobs, new Progress())).value();
  }

  private static double bytes(RunReport report, int job) {
    JobResult result = report.jobs().get(job);
    assertThat(result.failure()).isNull();
    return result.write().bytes();
  }

  /**
   * A fast device could take all that the two may have dirty at once; it is not given it. Down to
   * 16 MiB a group, of which a fifth may be dirty: 3 MiB, a few requests.
   */
  @ParameterizedTest
  @CsvSource({"sata:2g, 256m", "sata:2g, 64m", "sata:2g, 16m", "hdd:2g, 64m"})
  void weights_shareADevice_withinATenth(String device, String limit) throws Exception {
    RunReport report = run(device, "memory.max./heavy=" + limit, "memory.max./light=" + limit);
    double heavy = bytes(report, 0);
    double light = bytes(report, 1);
    assertThat(heavy / (heavy + light)).isCloseTo(0.8, within(0.08));
  }

  @Test
  void fileOnlyWritten_belongsToItsJobsGroup_whoseLimitHolds() throws Exception {
    RunReport report = run("sata:2g", "memory.max./heavy=256m");
    // A fifth of its memory may be dirty, so it writes at the device's pace and not at memory's.
    assertThat(bytes(report, 0)).isLessThan(5.0 * 1_000_000_000);
  }
}
