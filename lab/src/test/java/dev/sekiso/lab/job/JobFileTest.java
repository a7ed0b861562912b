package dev.sekiso.lab.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobFileTest {

  @Test
  void section_takesWhatGlobalSaysAndItsOwn() throws IOException {
    Job job =
        only(
            """
            ; a comment
            [global]
            bs=8k
            size=64m
            # another
            [reader]
            rw=randread
            ioengine=posixaio
            iodepth=16
            """);
    assertThat(job.name()).isEqualTo("reader");
    assertThat(job.pattern()).isEqualTo(AccessPattern.RANDREAD);
    assertThat(job.readBlockSize()).isEqualTo(8192);
    assertThat(job.fileSize()).isEqualTo(64L << 20);
    assertThat(job.engine()).isEqualTo(IoEngine.POSIXAIO);
    assertThat(job.ioDepth()).isEqualTo(16);
    assertThat(job.files()).containsExactly("/reader.0.0");
  }

  @Test
  void global_countsOnlyForWhatFollows() throws IOException {
    List<Job> jobs = parse("[a]\nsize=1m\n[global]\nbs=16k\n[b]\nsize=1m\n");
    assertThat(jobs).extracting(Job::readBlockSize).containsExactly(4096, 16384);
  }

  @Test
  void defaults_areThoseOfFio() throws IOException {
    Job job = only("[j]\nsize=1m\n");
    assertThat(job.pattern()).isEqualTo(AccessPattern.READ);
    assertThat(job.engine()).isEqualTo(IoEngine.PSYNC);
    assertThat(job.readBlockSize()).isEqualTo(4096);
    assertThat(job.readPercent()).isEqualTo(50);
    assertThat(job.loops()).isOne();
    assertThat(job.invalidate()).isTrue();
    assertThat(job.direct()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "read,READ",
    "write,WRITE",
    "randread,RANDREAD",
    "randwrite,RANDWRITE",
    "rw,RW",
    "readwrite,RW",
    "randrw,RANDRW"
  })
  void rw_knowsAllItsForms(String word, AccessPattern pattern) throws IOException {
    assertThat(only("[j]\nsize=1m\nrw=" + word + "\n").pattern()).isEqualTo(pattern);
  }

  @Test
  void numjobs_makesClonesWithFilesAndSeedsOfTheirOwn() throws IOException {
    List<Job> jobs = parse("[w]\nsize=1m\nnumjobs=3\nrandseed=9\n");
    assertThat(jobs).extracting(Job::label).containsExactly("w", "w.1", "w.2");
    assertThat(jobs)
        .extracting(job -> job.files().getFirst())
        .containsExactly("/w.0.0", "/w.1.0", "/w.2.0");
    assertThat(jobs).extracting(Job::seed).doesNotHaveDuplicates();
    assertThat(jobs).extracting(Job::reportingGroup).containsExactly(0, 1, 2);
  }

  @Test
  void filename_isSharedByClones() throws IOException {
    assertThat(parse("[w]\nsize=1m\nnumjobs=2\nfilename=data\ndirectory=/d\n"))
        .extracting(Job::files)
        .containsExactly(List.of("/d/data"), List.of("/d/data"));
  }

  @Test
  void cgroup_isAPathBelowTheRoot_withAWeight() throws IOException {
    assertThat(only("[j]\nsize=1m\n").cgroup().isNamed()).isFalse();
    assertThat(only("[j]\nsize=1m\ncgroup=slow\ncgroup_weight=250\n").cgroup())
        .isEqualTo(new Job.Group("/slow", 250, false));
    assertThat(only("[j]\nsize=1m\ncgroup=/a/b\ncgroup_nodelete=1\n").cgroup())
        .isEqualTo(new Job.Group("/a/b", 0, true));
    assertThatThrownBy(() -> parse("[j]\nsize=1m\ncgroup=a//b\n"))
        .isInstanceOf(JobFileException.class)
        .hasMessageContaining(":3:")
        .hasMessageContaining("names no control group");
    assertThatThrownBy(() -> parse("[j]\nsize=1m\ncgroup=a\ncgroup_weight=0\n"))
        .isInstanceOf(JobFileException.class)
        .hasMessageContaining("1 to 10000");
    assertThatThrownBy(() -> parse("[j]\nsize=1m\ncgroup_weight=100\n"))
        .isInstanceOf(JobFileException.class)
        .hasMessageContaining("cgroup_weight needs a cgroup");
  }

  @Test
  void stonewall_startsANewPhase() throws IOException {
    List<Job> jobs = parse("[a]\nsize=1m\n[b]\nsize=1m\n[c]\nsize=1m\nstonewall\n[d]\nsize=1m\n");
    assertThat(jobs).extracting(Job::phase).containsExactly(0, 0, 1, 1);
  }

  @Test
  void groupReporting_joinsUntilStonewall() throws IOException {
    List<Job> jobs =
        parse(
            "[global]\nsize=1m\ngroup_reporting\n[a]\nnumjobs=2\n[b]\n[c]\nstonewall\nnumjobs=2\n");
    assertThat(jobs).extracting(Job::reportingGroup).containsExactly(0, 0, 0, 1, 1);
  }

  @Test
  void size_isSharedOutAmongFiles() throws IOException {
    assertThat(only("[j]\nsize=1m\nnrfiles=4\n").fileSize()).isEqualTo(256 << 10);
    assertThat(only("[j]\nsize=1m\nfilename=a:b\n").fileSize()).isEqualTo(512 << 10);
  }

  @Test
  void times_takeUnits() throws IOException {
    Job job = only("[j]\nsize=1m\nruntime=1500ms\ntime_based\nthinktime=5\nstartdelay=2\n");
    assertThat(job.runtimeNanos()).isEqualTo(1_500_000_000L);
    assertThat(job.thinkTimeNanos()).isEqualTo(5_000L);
    assertThat(job.startDelayNanos()).isEqualTo(2_000_000_000L);
    assertThat(job.timeBased()).isTrue();
  }

  @Test
  void bs_mayDifferForReadsAndWrites() throws IOException {
    Job job = only("[j]\nsize=1m\nrw=randrw\nbs=4k,16k\n");
    assertThat(job.readBlockSize()).isEqualTo(4096);
    assertThat(job.writeBlockSize()).isEqualTo(16384);
  }

  @Test
  void bs_ofTrims_isTheThird_orThatOfWrites() throws IOException {
    String trim = "[global]\nrw=trimwrite\n\n[j]\nfilename=/dev/sda\nsize=1m\nbs=";
    Job one = only(trim + "8k\n");
    assertThat(one.trimBlockSize()).isEqualTo(8 << 10);
    assertThat(one.place()).isEqualTo("job.fio:2");
    Job three = only(trim + "4k,16k,64k\n");
    assertThat(three.trimBlockSize()).isEqualTo(64 << 10);
    assertThat(three.largestBlockSize()).isEqualTo(64 << 10);
    assertThat(only(trim + "4k,16k\n").trimBlockSize()).isEqualTo(16 << 10);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[j],iodeth=4|job.fio:2: there is no option 'iodeth' (did you mean 'iodepth'?)",
        "[j],zzzzzz=4|job.fio:2: there is no option 'zzzzzz'; 'sekiso run --options' lists all"
            + " there are",
        "[j],bs=4x|job.fio:2: bs: '4x' is not a size such as 4k, 128m or 1g",
        "[j],rw=backwards|job.fio:2: rw: 'backwards' is not one of read, write, randread",
        "[j],rw=randtrim|job.fio:1: [j]: rw=randtrim needs the device's name: filename=/dev/sda",
        "[j],rw=trim,bs=100,filename=/dev/sda|job.fio:1: [j]: rw=trim needs a bs that is a multiple",
        "[j],rw=randtrims|job.fio:2: rw: 'randtrims' is not one of read, write, randread",
        "[j],size|job.fio:2: size needs a value: size=SIZE",
        "[j],numjobs=0|job.fio:2: numjobs: 0 is not within 1 to 4096",
        "[j],direct=maybe|job.fio:2: direct: 'maybe' is neither 1 nor 0",
        "[j],size=0|job.fio:2: size: '0' must be more than 0",
        "bs=4k|job.fio:1: 'bs=4k' stands before the first [section]",
        "[j|job.fio:1: a section is [name], not [j",
        "[global],bs=4k|job.fio:2: holds no job",
        "[j],time_based|job.fio:1: [j]: time_based needs a runtime",
        "[j],size=1k|job.fio:1: [j]: size is smaller than one block",
        "[j],size=16k,nrfiles=5|job.fio:1: [j]: size is smaller than one block for each of 5 files",
        "[j],direct=1,bs=100|job.fio:1: [j]: direct needs a bs that is a multiple of 512",
        "[j],size=99999999999t|job.fio:2: size: '99999999999t' is not a size"
      })
  void mistake_isToldWithItsLine(String lines, String message) {
    assertThatThrownBy(() -> parse(lines.replace(',', '\n')))
        .isInstanceOf(JobFileException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void read_missingFile_namesIt(@TempDir Path directory) {
    Path file = directory.resolve("none.fio");
    assertThatThrownBy(() -> JobFile.read(file, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void read_binaryFile_saysSo(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("binary.fio"), new byte[] {(byte) 0xC3, 0x28});
    assertThatThrownBy(() -> JobFile.read(file, 1))
        .isInstanceOf(JobFileException.class)
        .hasMessageContaining("not a text file");
  }

  private static List<Job> parse(String text) throws IOException {
    return JobFile.parse("job.fio", text, JobFile.DEFAULT_SEED).jobs();
  }

  private static Job only(String text) throws IOException {
    List<Job> jobs = parse(text);
    assertThat(jobs).hasSize(1);
    return jobs.getFirst();
  }
}
