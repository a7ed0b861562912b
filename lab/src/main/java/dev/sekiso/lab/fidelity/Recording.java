package dev.sekiso.lab.fidelity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One file of recorded kernel behaviour.
 *
 * @param folder the name of the folder it is in: {@code ra}, {@code wr}, …
 * @param name the file's name without its ending
 * @param family the workload's family, such as {@code ra-seq}
 * @param fileSystem what the kernel's file system was: {@code order0}, {@code large}, {@code
 *     order0j}, {@code largej}
 * @param kind what is recorded
 * @param root the whole
 */
record Recording(
    String folder, String name, String family, String fileSystem, Kind kind, RecordingNode root) {

  /** What is recorded. */
  enum Kind {
    /** Operations one after the other, with everything each did. */
    OPERATIONS,
    /** Hit counts of a list of pages under a memory limit. */
    REPLACEMENT,
    /** Times at which dirty pages were written. */
    PERIODIC
  }

  /** Reads a file and checks that it is a recording. */
  static Recording read(Path file) throws RecordingException {
    RecordingNode root;
    try {
      root = new RecordingNode(file, JsonMapper.shared().readTree(Files.readString(file)));
    } catch (JacksonException e) {
      throw new RecordingException(
          "%s: line %d, column %d: not JSON: %s"
              .formatted(
                  file,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new RecordingException(file + " cannot be read: " + e.getMessage(), e);
    }
    RecordingNode workload = root.get("workload");
    root.get("header");
    String fileName = file.getFileName().toString();
    Path parent = file.toAbsolutePath().getParent();
    return new Recording(
        parent.getFileName() == null ? "" : parent.getFileName().toString(),
        fileName.substring(0, fileName.length() - ".json".length()),
        workload.text("family"),
        workload.text("fs"),
        kind(root, workload),
        root);
  }

  private static Kind kind(RecordingNode root, RecordingNode workload) throws RecordingException {
    if (workload.has("list_file")) {
      return Kind.REPLACEMENT;
    }
    if (root.has("runs")) {
      return Kind.PERIODIC;
    }
    int operations = workload.list("ops").size();
    int observed = root.list("golden").size();
    if (operations != observed) {
      throw root.wrong(
          "golden", "has %d entries for %d operations".formatted(observed, operations));
    }
    return Kind.OPERATIONS;
  }

  RecordingNode header() throws RecordingException {
    return root.get("header");
  }

  RecordingNode workload() throws RecordingException {
    return root.get("workload");
  }

  /** Size of the test file in bytes. */
  long fileBytes() throws RecordingException {
    RecordingNode workload = workload();
    return workload.number("file_bytes", workload.number("file_pages") << 12);
  }

  /** Folder and file system: what is put together in a report. */
  String group() {
    return folder + " " + fileSystem;
  }

  @Override
  public String toString() {
    return folder + "/" + name;
  }
}
