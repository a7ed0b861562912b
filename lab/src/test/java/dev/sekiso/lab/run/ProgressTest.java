package dev.sekiso.lab.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.lab.job.Job;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {

  @Test
  void snapshot_isTheMeanOfTheJobs() throws IOException {
    List<Job> jobs =
        JobFile.parse("f", "[bytes]\nsize=1m\n[time]\nsize=1m\nruntime=10s\ntime_based\n", 1)
            .jobs();
    Progress progress = new Progress();
    assertThat(progress.snapshot().done()).isZero();
    progress.laysOut();
    assertThat(progress.snapshot().stage()).isEqualTo(Progress.Stage.LAYING_OUT);
    progress.runs(2);

    Progress.Gauge bytes = progress.started(jobs.getFirst(), 1 << 20, 100);
    Progress.Gauge time = progress.started(jobs.getLast(), 1 << 20, 100);
    bytes.add(1 << 19, 1_000_000_100L);
    assertThat(progress.snapshot().done()).isEqualTo(0.25);
    time.add(4096, 5_000_000_100L);
    assertThat(progress.snapshot())
        .isEqualTo(
            new Progress.Snapshot(
                Progress.Stage.RUNNING, 0.5, (1 << 19) + 4096, 2, 5_000_000_000L));
    bytes.ended();
    time.ended();
    assertThat(progress.snapshot().done()).isEqualTo(1);
  }

  @Test
  void run_endsWithAllDone() throws IOException {
    JobFile jobs =
        JobFile.parse("f", "[a]\nsize=64k\nrw=write\n[b]\nstonewall\nsize=64k\nrw=read\n", 1);
    Progress progress = new Progress();
    StorageStack.builder()
        .simulated(1)
        .device("ram:16m")
        .run(stack -> RunReport.measure(stack, jobs, progress));
    Progress.Snapshot end = progress.snapshot();
    assertThat(end.done()).isEqualTo(1);
    assertThat(end.bytes()).isEqualTo(128 << 10);
    assertThat(end.transfers()).isEqualTo(32);
    assertThat(end.nanos()).isPositive();
  }
}
