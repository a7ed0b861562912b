package dev.sekiso.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every wrong input ends in one line that says what to do, with the right exit code. */
class WrongInputsTest {

  private static final long SEED = 11;

  @TempDir Path folder;
  private Path job;

  @BeforeEach
  void writeInputs() throws IOException {
    job = Files.writeString(folder.resolve("good.fio"), "[j]\nsize=1m\n");
    Files.createDirectory(folder.resolve("folder"));
    Files.writeString(folder.resolve("empty.fio"), "");
    Files.writeString(folder.resolve("global.fio"), "[global]\nbs=4k\n");
    Files.write(folder.resolve("binary.fio"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    Files.writeString(folder.resolve("size.fio"), "[j]\nsize=lots\n");
    Files.writeString(folder.resolve("negative.fio"), "[j]\n\nbs=-1\n");
    Files.writeString(folder.resolve("typo.fio"), "[j]\nbs=4k\niodeth=3\n");
    Files.writeString(folder.resolve("trim.fio"), "[j]\nbs=4k\nrw=trim\nfilename=/data\nsize=1m\n");
    Files.writeString(folder.resolve("engine.fio"), "[j]\nioengine=libaio\n");
    byte[] noise = new byte[1 << 20];
    new Random(SEED).nextBytes(noise);
    Files.write(folder.resolve("noise.img"), noise);
    Files.write(folder.resolve("tiny.img"), new byte[100]);
    Files.write(folder.resolve("small.img"), new byte[4096]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "none.fio | there is no job file",
        "folder | is a directory; name a job file",
        "empty.fio | :1: holds no job; a section such as [reader] makes one",
        "global.fio | :2: holds no job",
        "binary.fio | is not a text file in UTF-8",
        "size.fio | :2: size: 'lots' is not a size such as 4k",
        "negative.fio | :3: bs: '-1' is not a size",
        "typo.fio | :3: there is no option 'iodeth' (did you mean 'iodepth'?)",
        "trim.fio | :3: rw=trim: trim only applies to block devices, and /data is none",
        "engine.fio | :2: ioengine: 'libaio' is not one of sync, psync, posixaio",
      })
  void jobFile_wrong(String file, String message) {
    assertThat(failing("run", folder.resolve(file)).code()).isEqualTo(Main.FAILED);
    assertThat(failing("run", folder.resolve(file)).err()).contains(message);
    assertThat(failing("compare", folder.resolve(file)).err()).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "none.img | does not exist",
        "folder | is a directory, not a disk image",
        "noise.img | ext2",
        "tiny.img | has 100 bytes: a device is a multiple of 512",
        "small.img | no ext2 can be made",
      })
  void image_wrong(String file, String message) {
    Run run = failing("run", job, "--image", folder.resolve(file));
    assertThat(run.code()).isEqualTo(Main.FAILED);
    assertThat(run.err()).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--device=nonsense | there is no driver 'nonsense'; there are: file, hdd, nvme",
        "--device=nvme | 'nvme' needs to be told what",
        "--device=nvme:big | 'big' is no value for the size of sda: allowed is 512 to",
        "--device= | expected a name, found the end",
        "--profile=linux-9 | there is no profile 'linux-9'",
        "--memory=0 | '0' is no value for memory: allowed is 1m to 1t",
        "--memory=-5m | '-5m' is no value for memory",
        "--memory=much | 'much' is no value for memory",
        "--scheduler=elevator | there is no scheduler 'elevator'",
        "--replacement=lruu | (did you mean 'lru'?)",
        "--throttle=x | there is no throttle 'x'",
        "--layer=foo=bar | there is no key 'layer.foo'",
        "--layer=pagecache | option '--layer' (LAYER=NAME) should be in KEY=VALUE format",
        "--set=foo=bar | there is no key 'foo'",
        "--set=dirty_ratio=900 | '900' is no value for dirty_ratio: allowed is 0 to 100",
        "--seed=x | 'x' is no whole number",
        "--config=none.conf | there is no configuration file none.conf",
        "--outputformat=json | no option '--outputformat' (did you mean '--output-format'?)",
        "--output-format=xml | expected one of [text, json]",
        "--power-cut=soon | 'soon' is no time; write a number with ns, us, ms, s or m",
        "--power-cut=0ms | out of range",
        "--plot=a.gif | must end in .svg or .csv",
        "--plot=none/a.svg | make it first",
        "--image=x --device=nvme:1g | give one of them",
        "--real-time --power-cut=5ms | --power-cut works in virtual time",
        "--real-time --set=machine=simulated | --real-time runs in real time",
        "--memory=8m --set=memory=9m | 'memory' is given twice",
        "--scheduler=none --scheduler=mq-deadline | should be specified only once",
        "more.fio | 'more.fio' is one word too many",
      })
  void options_wrong(String options, String message) {
    List<Object> arguments = new ArrayList<>(List.of("run", job));
    arguments.addAll(List.of(options.split(" ")));
    Run run = failing(arguments.toArray());
    assertThat(run.err()).contains(message);
    assertThat(run.code()).isEqualTo(Main.WRONGLY_CALLED);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void configuration_aFolder() {
    Run run = failing("run", job, "--config", folder);
    assertThat(run.err()).contains("is a directory; name a configuration file");
  }

  @Test
  void command_unknown_namesTheNearest() {
    Run run = failing("rnu", job);
    assertThat(run.err()).contains("there is no command 'rnu' (did you mean 'run'?)");
    assertThat(run.code()).isEqualTo(Main.WRONGLY_CALLED);
    assertThat(failing("fs", folder.resolve("noise.img"), "lss").err())
        .contains("there is no command 'lss' (did you mean 'ls'?)");
  }

  @Test
  void memory_moreThanThereIs_isOneLine() {
    Run run = failing("run", job, "--memory", "1t");
    assertThat(run.code()).isEqualTo(Main.FAILED);
    assertThat(run.err()).contains("not enough memory").contains("--memory");
  }

  @Test
  void power_cutInACommandThatHasNoStoryOfIt_isOneLine() {
    String machine = "machine=simulated?cut_power_at_event=20";
    assertThat(failing("explain", "read", "--set", machine).err()).contains("the power was cut");
    assertThat(failing("compare", job, "--set", machine).err()).contains("the power was cut");
  }

  /** A run that fails with one line, or two where the second names the help. */
  private static Run failing(Object... arguments) {
    Run run = Run.of(arguments);
    assertThat(run.code()).as(run.toString()).isNotZero();
    List<String> lines = run.err().lines().toList();
    assertThat(lines).as(run.toString()).hasSizeBetween(1, 2);
    assertThat(lines.getFirst()).startsWith("sekiso: ").doesNotContain("Exception", "internal");
    if (lines.size() == 2) {
      assertThat(lines.getLast()).startsWith("Try 'sekiso");
    }
    return run;
  }
}
