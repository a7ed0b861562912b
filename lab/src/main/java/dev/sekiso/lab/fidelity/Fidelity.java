package dev.sekiso.lab.fidelity;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCatalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Replays the kernel's recordings in a folder and its folders, and tells how far the stack does
 * what the kernel did.
 */
public final class Fidelity {

  private static final String INDEX = "index.json";

  /** Hears how far it has come. */
  @FunctionalInterface
  public interface Progress {
    /**
     * A recording is about to be replayed.
     *
     * @param done recordings replayed before
     * @param of recordings in all
     */
    void replaying(String recording, int done, int of);
  }

  private final List<FamilyReplay> replays;
  private final List<Path> files;
  private final Path folder;

  /**
   * @param folder where the recordings are
   * @throws RecordingException when there are none
   */
  public Fidelity(Path folder) throws RecordingException {
    StackCatalog catalog = StackCatalog.load(List.of());
    this.folder = folder;
    this.replays =
        List.of(
            new OperationReplay(catalog), new PeriodicReplay(catalog), new RecordedReplacement());
    this.files = recordings(folder);
  }

  private static List<Path> recordings(Path folder) throws RecordingException {
    if (!Files.isDirectory(folder)) {
      throw new RecordingException(
          folder + (Files.exists(folder) ? " is not a folder" : " does not exist"));
    }
    List<Path> found;
    try (Stream<Path> all = Files.walk(folder)) {
      found =
          all.filter(file -> file.toString().endsWith(".json"))
              .filter(file -> !file.getFileName().toString().equals(INDEX))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
    } catch (IOException e) {
      throw new RecordingException(folder + " cannot be read: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new RecordingException(folder + " cannot be read: " + e.getCause().getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new RecordingException(folder + " holds no recordings (*.json)");
    }
    return found;
  }

  /**
   * Replays every recording whose family matches.
   *
   * @param family of families and folders; others are not even read beyond their names
   * @throws RecordingException when a file is no recording, or none matches
   * @throws ErrnoException when a stack cannot be built
   */
  public FidelityReport run(Predicate<String> family, Progress progress)
      throws RecordingException, ErrnoException {
    List<Recording> wanted = new ArrayList<>();
    for (Path file : files) {
      Recording recording = Recording.read(file);
      if (family.test(recording.family()) || family.test(recording.folder())) {
        wanted.add(recording);
      }
    }
    if (wanted.isEmpty()) {
      throw new RecordingException(folder + " holds no recording of that family");
    }
    FidelityReport.Builder report = new FidelityReport.Builder();
    for (int i = 0; i < wanted.size(); i++) {
      Recording recording = wanted.get(i);
      progress.replaying(recording.toString(), i, wanted.size());
      Optional<FamilyReplay> replay = replayOf(recording);
      if (replay.isPresent()) {
        report.add(recording, replay.get().replay(recording));
      } else {
        report.skip(recording);
      }
    }
    return report.build();
  }

  /**
   * Replays one recording.
   *
   * @param name the file's name, with or without folder and ending
   * @throws RecordingException when there is no such recording, or more than one
   */
  public ReplayResult replay(String name) throws RecordingException, ErrnoException {
    List<Path> matching = files.stream().filter(file -> isNamed(file, name)).toList();
    if (matching.size() != 1) {
      throw new RecordingException(
          matching.isEmpty()
              ? folder + " holds no recording '" + name + "'"
              : "'" + name + "' may be any of " + matching);
    }
    Recording recording = Recording.read(matching.getFirst());
    FamilyReplay replay =
        replayOf(recording)
            .orElseThrow(
                () -> new RecordingException(recording + " is of a kind that is not replayed"));
    return replay.replay(recording);
  }

  private static boolean isNamed(Path file, String name) {
    String wanted = name.endsWith(".json") ? name : name + ".json";
    return file.endsWith(wanted);
  }

  private Optional<FamilyReplay> replayOf(Recording recording) {
    return replays.stream().filter(replay -> replay.replays(recording)).findFirst();
  }
}
