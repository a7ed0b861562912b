package dev.sekiso.cli;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.TraceEvent;
import dev.sekiso.stack.Nearest;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFlag;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * Runs one call on a fresh stack and tells what each layer did.
 *
 * <p>A first stack makes the files, a second one starts from what that left on the device, so that
 * nothing is cached when the call comes.
 */
@Command(
    name = "explain",
    description = {
      "Runs one call on a fresh stack and prints its story, layer by layer, with times.",
      "",
      "By default on a modelled NVMe SSD with a fresh ext2, in virtual time: the same seed tells the"
          + " same story. The file is not cached when the call comes, unless --cached is given; for"
          + " calls that sync, it was written over before. 'sekiso explain --calls' lists the calls."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso explain read",
      "  sekiso explain read --cached --size 64k",
      "  sekiso explain pwrite --direct",
      "  sekiso explain fsync --scheduler mq-deadline --device hdd:1g",
      "  sekiso explain sync_file_range --flags write,wait_after"
    })
final class ExplainCommand implements Callable<Integer> {

  private static final double NANOS_PER_MICROSECOND = 1000;
  private static final int MOST_BYTES = 16 << 20;

  /** How the trace's systems are called here. */
  private static final Map<String, String> LAYERS =
      Map.of(
          "syscalls", "system call",
          "filemap", "page cache",
          "readahead", "readahead",
          "writeback", "writeback",
          "vmscan", "reclaim",
          "block", "block queue",
          "sched", "machine",
          "timer", "machine");

  /** What {@code posix_fadvise} can be told, in the order of the kernel's numbers. */
  enum Advice {
    normal,
    random,
    sequential,
    willneed,
    dontneed,
    noreuse
  }

  /** What {@code sync_file_range} can be told to do. */
  enum RangeFlag {
    wait_before(FileOperations.WAIT_BEFORE),
    write(FileOperations.START_WRITE),
    wait_after(FileOperations.WAIT_AFTER);

    private final int bit;

    RangeFlag(int bit) {
      this.bit = bit;
    }
  }

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private StackOptions options;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CALL",
      description = "The call: read, write, fsync, …")
  private String word;

  @Option(names = "--calls", description = "List the calls and end.")
  private boolean listCalls;

  @Option(
      names = {"-s", "--size"},
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      defaultValue = "4k",
      description = "Bytes that the call is about, up to 16m; ${DEFAULT-VALUE} by default.")
  private ByteSize size;

  @Option(
      names = "--offset",
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      defaultValue = "0",
      description = "Where in the file, or the size it is cut to; up to 16m.")
  private ByteSize offset;

  @Option(names = "--cached", description = "Read the file once before, so that it is cached.")
  private boolean cached;

  @Option(names = "--direct", description = "Open the file with O_DIRECT.")
  private boolean direct;

  @Option(names = "--sync", description = "Open the file with O_SYNC.")
  private boolean synchronous;

  @Option(names = "--dsync", description = "Open the file with O_DSYNC.")
  private boolean dataSynchronous;

  @Option(
      names = "--advice",
      paramLabel = "ADVICE",
      description = "For fadvise: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Advice advice = Advice.willneed;

  @Option(
      names = "--flags",
      paramLabel = "FLAG",
      split = ",",
      description = "For sync_file_range: ${COMPLETION-CANDIDATES}; all by default.")
  private Set<RangeFlag> flags = new LinkedHashSet<>(List.of(RangeFlag.values()));

  @Override
  public Integer call() throws IOException {
    if (listCalls) {
      for (ExplainedCall call : ExplainedCall.values()) {
        main.out().println(call.word());
      }
      return 0;
    }
    ExplainedCall call = named();
    ExplainScene.Given given = given();
    Map<String, Media> media = options.builder().run(stack -> make(stack, given)).media();
    RecordingTracer tracer = RecordingTracer.unbounded();
    return StackOptions.value(
        options
            .builder()
            .media(media)
            .tracer(tracer)
            .run(stack -> tell(stack, call, given, tracer)));
  }

  private ExplainedCall named() {
    if (word == null) {
      throw new ParameterException(
          spec.commandLine(), "say which call; there are: " + ExplainedCall.words());
    }
    return Arrays.stream(ExplainedCall.values())
        .filter(call -> call.word().equals(word))
        .findFirst()
        .orElseThrow(() -> {
          List<String> known =
              Arrays.stream(ExplainedCall.values()).map(ExplainedCall::word).toList();
          return new ParameterException(
              spec.commandLine(),
              "there is no call '"
                  + word
                  + "'"
                  + Nearest.hint(word, known)
                  + "; there are: "
                  + ExplainedCall.words());
        });
  }

  private ExplainScene.Given given() {
    if (size.bytes() < 1 || size.bytes() > MOST_BYTES) {
      throw new ParameterException(
          spec.commandLine(), "--size must be from 1 to 16m, is " + size.bytes());
    }
    if (offset.bytes() > MOST_BYTES) {
      throw new ParameterException(
          spec.commandLine(), "--offset must be at most 16m, is " + offset.bytes());
    }
    List<OpenFlag> openFlags = new ArrayList<>();
    if (direct) {
      openFlags.add(OpenFlag.DIRECT);
    }
    if (synchronous) {
      openFlags.add(OpenFlag.SYNCHRONOUS);
    }
    if (dataSynchronous) {
      openFlags.add(OpenFlag.DATA_SYNCHRONOUS);
    }
    int bits = flags.stream().mapToInt(flag -> flag.bit).sum();
    return new ExplainScene.Given(
        offset.bytes(), (int) size.bytes(), advice.ordinal(), bits, openFlags);
  }

  private static Void make(StorageStack stack, ExplainScene.Given given) throws ErrnoException {
    try (ExplainScene scene = new ExplainScene(stack, given)) {
      scene.make();
      return null;
    }
  }

  private int tell(
      StorageStack stack, ExplainedCall call, ExplainScene.Given given, RecordingTracer tracer)
      throws ErrnoException {
    try (ExplainScene scene = new ExplainScene(stack, given)) {
      scene.open(call);
      if (cached) {
        scene.cache();
      }
      if (call.before() == ExplainedCall.Before.DIRTY) {
        scene.dirty();
      }
      tracer.clear();
      long start = stack.machine().nanoTime();
      String end;
      int code = 0;
      try {
        end = call.word() + " returns " + call.run(scene);
      } catch (ErrnoException e) {
        end = call.word() + " fails: " + e.getMessage();
        code = Main.FAILED;
      }
      long nanos = stack.machine().nanoTime() - start;
      print(tracer.events(), start);
      main.out().printf(Locale.ROOT, "%12.3f  %s%n", nanos / NANOS_PER_MICROSECOND, end);
      return code;
    }
  }

  private void print(List<TraceEvent> story, long start) {
    PrintStream out = main.out();
    out.printf("%12s  %-11s  %-16s  %s%n", "time (us)", "layer", "task", "what happens");
    for (TraceEvent event : story) {
      out.printf(
          Locale.ROOT,
          "%12.3f  %-11s  %-16s  %s%n",
          (event.nanoTime() - start) / NANOS_PER_MICROSECOND,
          LAYERS.getOrDefault(event.point().system(), event.point().system()),
          event.taskName(),
          what(event));
    }
  }

  private static String what(TraceEvent event) {
    StringBuilder text = new StringBuilder(event.point().name());
    for (int i = 0; i < event.values().size(); i++) {
      text.append(' ').append(event.point().fields().get(i)).append('=');
      text.append(event.values().get(i));
    }
    return text.toString();
  }
}
