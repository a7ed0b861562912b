package dev.sekiso.cli;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.driver.SimDriver;
import dev.sekiso.blockdev.driver.SsdModel;
import dev.sekiso.filesystems.ext2.Ext2Format;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TraceEvent;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * Runs one call on a fresh stack in virtual time and tells what each layer did.
 *
 * <p>A first stack makes the file, a second one starts from what that left on the device, so that
 * nothing is cached when the call comes.
 */
@Command(
    name = "explain",
    description = {
      "Runs one call on a fresh stack in virtual time and prints its story, layer by layer.",
      "",
      "The file lies on ext2 on a modelled NVMe SSD and is not cached when the call comes. The same"
          + " seed tells the same story. CALL is one of: ${COMPLETION-CANDIDATES}."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso explain read",
      "  sekiso explain read --cached",
      "  sekiso explain fsync --size 64k --seed 7"
    })
final class ExplainCommand implements Callable<Integer> {

  private static final String DEVICE = "nvme0n1";
  private static final long DEVICE_BYTES = 256L << 20;
  private static final int CALL_NANOS = 100;
  private static final int COPY_NANOS = 400;
  private static final String FILE = "/file";
  private static final int MODE = 0644;
  private static final int MICRO = 1000;

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

  /** The calls that can be told of. */
  enum Call {
    read,
    write,
    fsync,
    sync;
  }

  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "CALL", description = "${COMPLETION-CANDIDATES}")
  private Call call;

  @Option(
      names = {"-s", "--size"},
      paramLabel = "BYTES",
      converter = ByteSize.Converter.class,
      defaultValue = "4k",
      description = "Bytes that are read or written, up to 16m; ${DEFAULT-VALUE} by default.")
  private ByteSize size;

  @Option(names = "--cached", description = "Read the file once before, so that it is cached.")
  private boolean cached;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Draws all choices of the machine; ${DEFAULT-VALUE} by default.")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (size.bytes() < 1 || size.bytes() > 16 << 20) {
      throw new ParameterException(
          spec.commandLine(), "--size must be from 1 to 16m, is " + size.bytes());
    }
    byte[] data = new byte[(int) size.bytes()];
    Media media = new Media(DEVICE_BYTES >> Bio.SECTOR_SHIFT);
    SimulatedMachine before = new SimulatedMachine(seed);
    before.<Void, IOException>run(() -> prepare(before, media, data));
    RecordingTracer tracer = RecordingTracer.unbounded();
    SimulatedMachine machine = SimulatedMachine.builder(seed).tracer(tracer).build();
    machine.<Void, IOException>run(() -> tell(machine, media, tracer, data));
    return 0;
  }

  private Void prepare(Machine machine, Media media, byte[] data) throws IOException {
    try (BlockDevice device = Ext2Stack.queue(machine, DEVICE, new RamDriver(media))) {
      Ext2Format.DEFAULT.withTables(Ext2Format.Tables.ZEROED).write(machine, device);
    }
    try (Ext2Stack stack = stack(machine, media)) {
      make(stack.vfs(), data);
    }
    return null;
  }

  private Ext2Stack stack(Machine machine, Media media) throws IOException {
    return new Ext2Stack(
        machine,
        DEVICE,
        SimDriver.ssd(machine, media, SsdModel.NVME_970_PRO, seed),
        EnumSet.noneOf(MountFlag.class),
        CALL_NANOS,
        COPY_NANOS);
  }

  private Void tell(Machine machine, Media media, RecordingTracer tracer, byte[] data)
      throws IOException {
    try (Ext2Stack stack = stack(machine, media)) {
      OpenFile file = open(stack.vfs(), data);
      try {
        tracer.clear();
        long start = machine.nanoTime();
        perform(stack.vfs(), file, data);
        print(tracer.events(), start);
      } finally {
        stack.vfs().close(file);
      }
    }
    return null;
  }

  private static void make(Vfs vfs, byte[] data) throws IOException {
    OpenFile file = vfs.open(FILE, MODE, OpenFlag.WRITE_ONLY, OpenFlag.CREATE);
    try {
      vfs.write(file, data);
    } finally {
      vfs.close(file);
    }
  }

  private OpenFile open(Vfs vfs, byte[] data) throws IOException {
    OpenFile file = vfs.open(FILE, OpenFlag.READ_WRITE);
    if (cached) {
      vfs.pread(file, new byte[data.length], 0);
    }
    if (call == Call.fsync || call == Call.sync) {
      vfs.pwrite(file, data, 0);
    }
    return file;
  }

  private void perform(Vfs vfs, OpenFile file, byte[] data) throws IOException {
    switch (call) {
      case read -> vfs.read(file, data);
      case write -> vfs.write(file, data);
      case fsync -> vfs.fsync(file);
      case sync -> vfs.sync();
    }
  }

  private void print(List<TraceEvent> story, long start) {
    PrintStream out = main.out();
    out.printf("%12s  %-11s  %-16s  %s%n", "time (us)", "layer", "task", "what happens");
    for (TraceEvent event : story) {
      out.printf(
          Locale.ROOT,
          "%12.3f  %-11s  %-16s  %s%n",
          (event.nanoTime() - start) / (double) MICRO,
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
