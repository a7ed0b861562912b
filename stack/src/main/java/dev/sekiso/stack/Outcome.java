package dev.sekiso.stack;

import dev.sekiso.blockdev.driver.Media;
import java.util.Map;

/**
 * How a run on a stack ended, if it did not fail (a failure is thrown).
 *
 * @param <T> what the task gives back
 */
public sealed interface Outcome<T> {

  /**
   * What the task returned.
   *
   * @throws IllegalStateException when the power was cut before it could return
   */
  T value();

  /** Time the run took on its machine: virtual on a simulated one. */
  long nanos();

  /**
   * What devices in memory hold now, by name: give it to the next stack ({@link
   * StorageStack.Builder#media}) to find it there. Devices over files keep theirs in the files.
   */
  Map<String, Media> media();

  /** Whether the power was cut. */
  default boolean powerWasCut() {
    return this instanceof PowerLost;
  }

  /**
   * The task returned and everything was synced, unmounted and closed.
   *
   * @param counters as they stood when everything was synced, before closing
   */
  record Completed<T>(T value, long nanos, Map<String, Media> media, StackCounters counters)
      implements Outcome<T> {}

  /** The power was cut; the devices hold what their model says survives. */
  record PowerLost<T>(long nanos, Map<String, Media> media) implements Outcome<T> {
    @Override
    public T value() {
      throw new IllegalStateException("the power was cut before the task returned");
    }
  }
}
