package dev.sekiso.lab.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sekiso.lab.compare.Comparison.Row;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCatalog;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ComparisonTest {

  private static final StackCatalog CATALOG = StackCatalog.load();

  private static final Comparison.Listener NOBODY = (number, of, choices) -> {};

  private static Comparison of(String job, Dimension... dimensions) throws IOException {
    JobFile jobs = JobFile.parse("job.fio", job, 7);
    return Comparison.run(
        List.of(dimensions),
        choices -> {
          StorageStack.Builder builder =
              StorageStack.builder().catalog(CATALOG).simulated(7).device("nvme:64m");
          choices.forEach(builder::set);
          return builder.run(stack -> RunReport.measure(stack, jobs, new Progress())).value();
        },
        NOBODY);
  }

  @Test
  void product_changesTheLastDimensionFastest() {
    List<Map<String, String>> product =
        Comparison.product(List.of(Dimension.parse("a", "1,2"), Dimension.parse("b", "x,y")));
    assertThat(product)
        .containsExactly(
            Map.of("a", "1", "b", "x"),
            Map.of("a", "1", "b", "y"),
            Map.of("a", "2", "b", "x"),
            Map.of("a", "2", "b", "y"));
    assertThat(Comparison.product(List.of())).containsExactly(Map.of());
  }

  @Test
  void biggerCache_hitsMore_andIsMarkedBest() throws IOException {
    Comparison comparison =
        of(
            "[j]\nrw=randread\nsize=6m\nloops=2\ninvalidate=0\n",
            Dimension.parse("memory", "2m,16m"));
    Row small = comparison.rows().getFirst();
    Row big = comparison.rows().getLast();

    assertThat(big.figure(Metric.HIT_RATIO)).isGreaterThan(small.figure(Metric.HIT_RATIO));
    assertThat(comparison.isBest(big, Metric.HIT_RATIO)).isTrue();
    assertThat(comparison.isBest(small, Metric.HIT_RATIO)).isFalse();
    assertThat(comparison.isBest(big, Metric.REQUESTS)).isTrue();
    assertThat(comparison.isBest(big, Metric.MEAN_LATENCY)).isTrue();
    assertThat(comparison.metrics()).doesNotContain(Metric.WRITE_BANDWIDTH, Metric.WRITE_IOPS);
    assertThat(ComparisonReport.text(comparison).lines().toList())
        .anyMatch(line -> line.startsWith("memory  "))
        .anyMatch(line -> line.startsWith("16m ") && line.contains("*"));
  }

  @Test
  void trims_haveColumnsOfTheirOwn_whereThereAreAny() throws IOException {
    Comparison trims =
        of(
            "[j]\nfilename=/dev/sdb\nrw=trim\nbs=64k\nsize=1m\n",
            Dimension.parse("device.sdb", "nvme:16m,sata:16m"));
    assertThat(trims.metrics()).contains(Metric.TRIM_BANDWIDTH, Metric.TRIM_IOPS);
    assertThat(ComparisonReport.text(trims)).contains(" trim BW ", " trim IOPS ");
    Row first = trims.rows().getFirst();
    assertThat(first.figure(Metric.TRIM_BANDWIDTH) / first.figure(Metric.TRIM_IOPS))
        .isCloseTo(64 << 10, within(1.0));
    assertThat(of("[j]\nrw=read\nsize=64k\n").metrics()).doesNotContain(Metric.TRIM_BANDWIDTH);
  }

  @Test
  void oneRow_hasNoBestAndNoWordOfIt() throws IOException {
    assertThat(ComparisonReport.text(of("[j]\nrw=read\nsize=64k\n"))).doesNotContain("*");
  }

  @Test
  void equalFigures_haveNoBest() throws IOException {
    Comparison comparison = of("[j]\nrw=read\nsize=64k\n", Dimension.parse("aio_workers", "1,2"));
    assertThat(comparison.rows()).noneMatch(row -> comparison.isBest(row, Metric.READ_BANDWIDTH));
  }

  @Test
  void oneSeed_comparesTheSameTwice() throws IOException {
    String job = "[j]\nrw=randrw\nsize=1m\nfsync=8\n";
    Dimension[] dimensions = {
      Dimension.parse("scheduler", "none,mq-deadline"), Dimension.parse("readahead", "none,fixed")
    };
    assertThat(ComparisonReport.csv(of(job, dimensions)))
        .isEqualTo(ComparisonReport.csv(of(job, dimensions)));
  }

  @Test
  void failingCombination_saysWhy_andCostsTheOthersNothing() throws IOException {
    Comparison comparison =
        of(
            "[j]\nrw=write\nsize=8m\nbs=64k\nend_fsync=1\n",
            Dimension.parse("replacement", "lru,lruu"),
            Dimension.parse("device.sda", "ram:32m,ram:2m"));
    List<Row> rows = comparison.rows();

    assertThat(rows).extracting(Row::counts).containsExactly(true, false, false, false);
    assertThat(rows.get(0).figure(Metric.WRITE_BANDWIDTH)).isPositive();
    assertThat(rows.get(1).failure()).startsWith("job j: ENOSPC");
    assertThat(rows.get(2).failure()).contains("did you mean 'lru'?");
    assertThat(comparison.failures()).hasSize(3);
    assertThat(ComparisonReport.text(comparison))
        .contains("failed: replacement=lru device=ram:2m: job j: ENOSPC");

    JsonNode json = JsonMapper.builder().build().readTree(ComparisonReport.json(comparison));
    assertThat(json.get("rows").size()).isEqualTo(4);
    assertThat(json.get("rows").get(0).get("metrics").get("write_iops").asDouble()).isPositive();
    assertThat(json.get("rows").get(0).has("error")).isFalse();
    assertThat(json.get("rows").get(1).get("error").asString()).contains("ENOSPC");
    assertThat(json.get("rows").get(1).get("metrics").isEmpty()).isTrue();
  }

  @Test
  void csv_quotesWhatNeedsIt_andHasAColumnPerMetric() {
    Comparison comparison =
        Comparison.run(
            List.of(new Dimension("device.sda", List.of("mirror(a,b)"))),
            choices -> {
              throw new ErrnoException(Errno.EIO, "it said \"no\"");
            },
            NOBODY);
    List<String> lines = ComparisonReport.csv(comparison).lines().toList();
    assertThat(lines.getFirst())
        .startsWith("device.sda,read_bw_bytes,read_iops,")
        .endsWith(",device_busy_ns,best,error");
    assertThat(lines.getLast())
        .isEqualTo("\"mirror(a,b)\"" + ",".repeat(18) + "\"EIO: it said \"\"no\"\"\"");
  }

  @Test
  void listener_hearsOfEachRunBeforeItStarts() {
    List<String> heard = new ArrayList<>();
    Comparison.run(
        List.of(Dimension.parse("a", "1,2")),
        choices -> {
          heard.add("run " + choices);
          throw new IOException("not today");
        },
        (number, of, choices) -> heard.add(number + " of " + of));
    assertThat(heard).containsExactly("0 of 2", "run {a=1}", "1 of 2", "run {a=2}");
  }
}
