package dev.sekiso.lab.plot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.stack.StorageStack;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

/** Samples whole runs in virtual time, and draws what was seen. */
class SeriesTest {

  private static final int SEED = 42;

  @Test
  void series_followsTheWriters_andStaysWithinItsBounds() throws Exception {
    TimeSeries series = sampled("[a]\nsize=4m\nrw=write\n[b]\nsize=1m\nrw=randread\n", "16m");
    assertThat(series.writers()).containsExactly("a");
    assertThat(series.samples()).hasSizeBetween(3, 1002);
    assertThat(series.samples()).extracting(TimeSeries.Sample::nanos).isSorted();
    TimeSeries.Sample last = series.samples().getLast();
    assertThat(last.written()).containsExactly(4L << 20);
    assertThat(last.dirty()).isZero();
    assertThat(series.samples())
        .allSatisfy(
            sample -> assertThat(sample.setpoint()).isBetween(sample.background(), sample.limit()));
    assertThat(series.samples()).anySatisfy(sample -> assertThat(sample.dirty()).isPositive());
  }

  @Test
  void series_manyWriters_sharesTheLastLine() throws Exception {
    TimeSeries series = sampled("[w]\nsize=64k\nrw=write\nnumjobs=12\n", "64m");
    assertThat(series.writers()).hasSize(8).last().isEqualTo("5 others");
    assertThat(series.samples().getLast().written()).last().isEqualTo(5 * 65_536L);
  }

  @Test
  void svg_isWellFormed_whateverTheNames() throws Exception {
    TimeSeries series = sampled("[a<b>&\"]\nsize=256k\nrw=write\nfilename=f\n", "64m");
    String svg = SeriesSvg.of(series, "x & <y>");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
    assertThat(svg).contains(">limit<", ">setpoint<", "dirty memory (MiB)", "write rate (MiB/s)");
    assertThat(SeriesCsv.of(series)).contains("\"a<b>&\"\"_bytes_per_s\"");
  }

  @Test
  void csv_hasALinePerSample() {
    TimeSeries series =
        new TimeSeries(
            List.of("w"),
            List.of(
                new TimeSeries.Sample(0, 0, 0, 100, 200, 5, List.of(0L)),
                new TimeSeries.Sample(500_000_000, 7, 3, 100, 200, 15, List.of(4096L))));
    assertThat(SeriesCsv.of(series))
        .isEqualTo(
            "time_s,dirty_pages,writeback_pages,background_pages,setpoint_pages,limit_pages,"
                + "writeback_bytes_per_s,w_bytes_per_s\n"
                + "0.000000,0,0,100,175,200,0,0\n"
                + "0.500000,7,3,100,175,200,81920,8192\n");
  }

  @Test
  void svg_ofNothing_isStillAPicture() {
    assertThat(SeriesSvg.of(new TimeSeries(List.of(), List.of()), "none")).endsWith("</svg>\n");
  }

  private static TimeSeries sampled(String jobs, String memory) throws Exception {
    JobFile file = JobFile.parse("test.fio", jobs, SEED);
    Progress progress = new Progress();
    RunSampler sampler = new RunSampler(file, progress);
    return StorageStack.builder()
        .simulated(SEED)
        .device("hdd:64m")
        .fileSystem("ext2")
        .memory(memory)
        .run(stack -> {
          RunReport.measure(stack, file, progress, sampler);
          return sampler.series();
        })
        .value();
  }
}
