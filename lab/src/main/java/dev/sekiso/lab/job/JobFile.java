package dev.sekiso.lab.job;

import dev.sekiso.stack.Nearest;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A job file in fio's format.
 *
 * <pre>
 * [global]
 * bs=4k
 * size=64m
 *
 * [reader]
 * rw=randread
 * </pre>
 *
 * <p>{@code ;} and {@code #} start comments. Options of {@code [global]} count for the sections
 * behind it. Names of sections may repeat.
 */
public final class JobFile {

  /** Seed of jobs without {@code randseed} when nobody gives another. */
  public static final long DEFAULT_SEED = 0x5EED;

  private final List<Job> jobs;

  private JobFile(List<Job> jobs) {
    this.jobs = List.copyOf(jobs);
  }

  /**
   * Reads a file.
   *
   * @param seed seed of jobs without {@code randseed}
   * @throws JobFileException when it holds something wrong, with file and line
   */
  public static JobFile read(Path file, long seed) throws IOException {
    String text;
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a directory; name a job file in it");
    }
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "there is no job file " + file + "; examples/quickstart.fio is one to start from", e);
    } catch (MalformedInputException e) {
      throw new JobFileException(file.toString(), 1, "is not a text file in UTF-8");
    }
    return parse(file.toString(), text, seed);
  }

  /** As {@link #read}, from text; the name stands in messages. */
  public static JobFile parse(String name, String text, long seed) throws JobFileException {
    return new JobFile(new Parser(name, seed).parse(text));
  }

  /** All jobs, clones included, in order. */
  public List<Job> jobs() {
    return jobs;
  }

  private static final class Parser {
    private final String file;
    private final long seed;
    private final List<Job> jobs = new ArrayList<>();
    private final Map<String, Integer> clonesByName = new HashMap<>();
    private JobBuilder global = new JobBuilder();
    private JobBuilder current;
    private String section;
    private int sectionLine;
    private int phase;
    private int group;
    private int report;

    Parser(String file, long seed) {
      this.file = file;
      this.seed = seed;
    }

    List<Job> parse(String text) throws JobFileException {
      List<String> lines = text.lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        line(i + 1, lines.get(i).strip());
      }
      endSection();
      if (jobs.isEmpty()) {
        throw new JobFileException(
            file, Math.max(1, lines.size()), "holds no job; a section such as [reader] makes one");
      }
      return jobs;
    }

    private void line(int number, String line) throws JobFileException {
      if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
        return;
      }
      if (line.startsWith("[")) {
        startSection(number, line);
        return;
      }
      if (section == null) {
        throw new JobFileException(
            file, number, "'" + line + "' stands before the first [section]");
      }
      option(number, line);
    }

    private void startSection(int number, String line) throws JobFileException {
      if (!line.endsWith("]") || line.length() == 2) {
        throw new JobFileException(file, number, "a section is [name], not " + line);
      }
      endSection();
      section = line.substring(1, line.length() - 1).strip();
      sectionLine = number;
      current = global.copy();
      if (!section.equals("global") && current.line == 0) {
        current.line = number;
      }
    }

    private void option(int number, String line) throws JobFileException {
      int equals = line.indexOf('=');
      String name = (equals < 0 ? line : line.substring(0, equals)).strip();
      Optional<JobOption> option = JobOption.named(name);
      if (option.isEmpty()) {
        throw new JobFileException(file, number, unknown(name));
      }
      if (equals < 0 && !option.get().isFlag()) {
        throw new JobFileException(
            file, number, name + " needs a value: " + name + "=" + option.get().valueName());
      }
      if (option.get() == JobOption.RW) {
        current.line = number;
      }
      try {
        option.get().apply(current, equals < 0 ? "1" : line.substring(equals + 1).strip());
      } catch (IllegalArgumentException e) {
        throw new JobFileException(file, number, name + ": " + e.getMessage());
      }
    }

    private static String unknown(String name) {
      String hint = Nearest.hint(name, JobOption.allNames());
      return "there is no option '"
          + name
          + "'"
          + (hint.isEmpty() ? "; 'sekiso run --options' lists all there are" : hint);
    }

    private void endSection() throws JobFileException {
      if (section == null) {
        return;
      }
      if (section.equals("global")) {
        global = current;
        return;
      }
      String contradiction = current.contradiction();
      if (contradiction != null) {
        throw new JobFileException(file, sectionLine, "[" + section + "]: " + contradiction);
      }
      if (current.stonewall && !jobs.isEmpty()) {
        phase++;
      }
      boolean ownReport = !current.groupReporting;
      boolean newGroup = current.stonewall || current.newGroup;
      if (!jobs.isEmpty() && newGroup) {
        group++;
      }
      if (!jobs.isEmpty() && (newGroup || ownReport)) {
        report++;
      }
      int firstClone = clonesByName.getOrDefault(section, 0);
      for (int i = 0; i < current.clones; i++) {
        if (i > 0 && ownReport) {
          report++;
        }
        JobBuilder.Place place = new JobBuilder.Place(file, phase, group, report);
        jobs.add(current.build(section, firstClone + i, place, seed));
      }
      clonesByName.put(section, firstClone + current.clones);
    }
  }
}
