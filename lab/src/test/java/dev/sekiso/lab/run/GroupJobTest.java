package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.stack.StorageStack;
import org.junit.jupiter.api.Test;

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

  private static RunReport run(String... settings) throws Exception {
    StorageStack.Builder builder =
        StorageStack.builder().simulated(1).device("sata:2g").memory("1g");
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

  /** A fast device could take all that the two may have dirty at once; it is not given it. */
  @Test
  void weights_shareAFastDevice_withinATenth() throws Exception {
    RunReport report = run("memory.max./heavy=256m", "memory.max./light=256m");
    double heavy = bytes(report, 0);
    double light = bytes(report, 1);
    assertThat(heavy / (heavy + light)).isCloseTo(0.8, within(0.08));
  }

  @Test
  void fileOnlyWritten_belongsToItsJobsGroup_whoseLimitHolds() throws Exception {
    RunReport report = run("memory.max./heavy=256m");
    // A fifth of its memory may be dirty, so it writes at the device's pace and not at memory's.
    assertThat(bytes(report, 0)).isLessThan(5.0 * 1_000_000_000);
  }
}
