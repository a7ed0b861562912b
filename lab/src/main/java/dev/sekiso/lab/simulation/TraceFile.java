package dev.sekiso.lab.simulation;

import dev.sekiso.lab.fidelity.ReplacementReplay;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * Reads traces from files. What ends in {@code .gz} is unpacked on the way; a recording of page
 * replacement, which ends in {@code .json}, is read with the list it names.
 */
public final class TraceFile {

  private static final String PACKED = ".gz";
  private static final String RECORDING = ".json";

  /** In a recording's list the sign says that the page is written; for a policy that is a use. */
  private static final int PAGE_MASK = Integer.MAX_VALUE;

  private TraceFile() {}

  /**
   * Reads a trace whose format its name tells.
   *
   * @throws TraceException naming the line, when it is none
   */
  public static Trace read(Path file) throws IOException {
    String name = unpackedName(file);
    return name.endsWith(RECORDING) ? recording(file) : read(file, TraceFormat.ofEnding(name));
  }

  /**
   * Reads a trace of a format.
   *
   * @throws TraceException naming the line, when it is none
   */
  public static Trace read(Path file, TraceFormat format) throws IOException {
    Trace.Builder trace = new Trace.Builder();
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = isPacked(file) ? new GZIPInputStream(raw, 1 << 16) : raw) {
      format.read(in, file.toString(), trace);
    } catch (IllegalStateException e) {
      throw new TraceException(file + ": " + e.getMessage());
    }
    return checked(file, trace);
  }

  private static Trace recording(Path file) throws IOException {
    Trace.Builder trace = new Trace.Builder();
    for (int access : ReplacementReplay.Workload.read(file).accesses()) {
      trace.add(access & PAGE_MASK);
    }
    return checked(file, trace);
  }

  private static Trace checked(Path file, Trace.Builder builder) throws TraceException {
    Trace trace = builder.build();
    if (trace.length() == 0) {
      throw new TraceException(file + ": there is no request in it");
    }
    return trace;
  }

  private static boolean isPacked(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(PACKED);
  }

  private static String unpackedName(Path file) {
    String name = file.toString();
    return isPacked(file) ? name.substring(0, name.length() - PACKED.length()) : name;
  }
}
