package dev.sekiso.cli;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.pagecache.MapFlags;
import dev.sekiso.stack.Nearest;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFlag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
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
      "  sekiso explain sync_file_range --flags write,wait_after",
      "  sekiso explain sync --profile linux-2.6.11",
      "  sekiso explain msync --flags MS_ASYNC"
    })
final class ExplainCommand implements Callable<Integer> {

  private static final int MOST_BYTES = 16 << 20;

  /** Key and values of what {@code msync} does, oldest first. */
  private static final String MSYNC = "msync";

  private static final Map<String, String> ERAS = eras();

  private static Map<String, String> eras() {
    Map<String, String> eras = new LinkedHashMap<>();
    eras.put("2.5.67", "up to 2.5.67: MS_ASYNC starts writing");
    eras.put("2.6.16", "up to 2.6.16: MS_ASYNC gathers what was stored");
    eras.put("today", "since 2.6.17: MS_ASYNC has nothing to do");
    return Collections.unmodifiableMap(eras);
  }

  /**
   * What {@code posix_fadvise} and {@code madvise} can be told, in the order of the kernel's
   * numbers.
   */
  enum Advice {
    normal,
    random,
    sequential,
    willneed,
    dontneed,
    noreuse
  }

  /** What {@code sync_file_range} and {@code msync} can be told to do. */
  enum Flag {
    wait_before(FileOperations.WAIT_BEFORE),
    write(FileOperations.START_WRITE),
    wait_after(FileOperations.WAIT_AFTER),
    ms_async(MapFlags.MS_ASYNC),
    ms_invalidate(MapFlags.MS_INVALIDATE),
    ms_sync(MapFlags.MS_SYNC);

    private static final Set<Flag> OF_RANGE =
        Collections.unmodifiableSet(EnumSet.range(wait_before, wait_after));
    private static final Set<Flag> OF_MSYNC =
        Collections.unmodifiableSet(EnumSet.range(ms_async, ms_sync));

    private final int bit;

    Flag(int bit) {
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
      description =
          "Where in the file, or the size it is cut to; up to 16m, ${DEFAULT-VALUE} by default.")
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
      description = "For fadvise and madvise: ${COMPLETION-CANDIDATES}; willneed by default.")
  private Advice advice;

  @Option(
      names = "--flags",
      paramLabel = "FLAGS",
      hideParamSyntax = true,
      split = ",",
      description =
          "With commas between them. For sync_file_range: wait_before, write, wait_after; all by default. For msync:"
              + " MS_ASYNC, MS_SYNC, MS_INVALIDATE; MS_SYNC by default. MS_ASYNC shows what three"
              + " eras make of it, unless a profile or msync is chosen.")
  private Set<String> flags = new LinkedHashSet<>();

  @Override
  public Integer call() throws IOException {
    if (listCalls) {
      for (ExplainedCall call : ExplainedCall.values()) {
        main.out().println(call.word());
      }
      return 0;
    }
    ExplainedCall call = named();
    ExplainScene.Given given = given(call);
    boolean eras =
        call == ExplainedCall.MSYNC
            && (given.flags() & MapFlags.MS_ASYNC) != 0
            && !options.chooses(MSYNC, "profile");
    if (!eras) {
      ExplainedStory story = story(call, given, "", Map.of());
      story.print(main.out());
      return story.code();
    }
    List<ExplainedStory> stories = new ArrayList<>();
    for (Map.Entry<String, String> era : ERAS.entrySet()) {
      stories.add(story(call, given, era.getValue(), Map.of(MSYNC, era.getKey())));
    }
    ExplainedStory.printSideBySide(main.out(), stories);
    return stories.stream().mapToInt(ExplainedStory::code).max().orElse(0);
  }

  /** Runs the call on a stack as the options say, with some choices more. */
  private ExplainedStory story(
      ExplainedCall call, ExplainScene.Given given, String title, Map<String, String> choices)
      throws ErrnoException {
    Map<String, Media> media = options.builder().run(stack -> make(stack, given)).media();
    RecordingTracer tracer = RecordingTracer.unbounded();
    StorageStack.Builder builder = options.builder().media(media).tracer(tracer);
    choices.forEach(builder::set);
    return StackOptions.value(builder.run(stack -> tell(stack, call, given, tracer, title)));
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

  private ExplainScene.Given given(ExplainedCall call) {
    if (size.bytes() < 1 || size.bytes() > MOST_BYTES) {
      throw new ParameterException(
          spec.commandLine(), "--size must be from 1 to 16m, is " + size.bytes());
    }
    if (offset.bytes() > MOST_BYTES) {
      throw new ParameterException(
          spec.commandLine(), "--offset must be at most 16m, is " + offset.bytes());
    }
    if (!flags.isEmpty() && !call.takesFlags()) {
      throw notFor("--flags", call, "sync_file_range and msync");
    }
    if (advice != null && !call.takesAdvice()) {
      throw notFor("--advice", call, "fadvise and madvise");
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
    int bits = flags(call);
    return new ExplainScene.Given(
        offset.bytes(),
        (int) size.bytes(),
        (advice == null ? Advice.willneed : advice).ordinal(),
        bits,
        openFlags);
  }

  private ParameterException notFor(String option, ExplainedCall call, String calls) {
    return new ParameterException(
        spec.commandLine(), option + " is for " + calls + "; " + call.word() + " takes none");
  }

  private int flags(ExplainedCall call) {
    Set<Flag> known = call == ExplainedCall.MSYNC ? Flag.OF_MSYNC : Flag.OF_RANGE;
    if (flags.isEmpty()) {
      return call == ExplainedCall.MSYNC
          ? MapFlags.MS_SYNC
          : known.stream().mapToInt(flag -> flag.bit).sum();
    }
    List<String> names = known.stream().map(Flag::name).toList();
    int bits = 0;
    for (String flag : flags) {
      String name = flag.strip().toLowerCase(Locale.ROOT);
      if (!names.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--flags: "
                + call.word()
                + " knows no '"
                + flag
                + "'; there are: "
                + String.join(", ", names));
      }
      bits |= Flag.valueOf(name).bit;
    }
    return bits;
  }

  private static Void make(StorageStack stack, ExplainScene.Given given) throws ErrnoException {
    try (ExplainScene scene = new ExplainScene(stack, given)) {
      scene.make();
      return null;
    }
  }

  private ExplainedStory tell(
      StorageStack stack,
      ExplainedCall call,
      ExplainScene.Given given,
      RecordingTracer tracer,
      String title)
      throws ErrnoException {
    try (ExplainScene scene = new ExplainScene(stack, given)) {
      scene.open(call);
      if (cached) {
        scene.cache();
      }
      prepare(scene, call);
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
      return new ExplainedStory(
          title, tracer.events(), start, nanos, end, scene.afterwards(), code);
    }
  }

  private static void prepare(ExplainScene scene, ExplainedCall call) throws ErrnoException {
    if (call.before() == ExplainedCall.Before.DIRTY) {
      scene.dirty();
    }
    if (call.needsMapping()) {
      long unused = scene.map();
    }
    if (call.before() == ExplainedCall.Before.STORED) {
      scene.store();
    }
  }
}
