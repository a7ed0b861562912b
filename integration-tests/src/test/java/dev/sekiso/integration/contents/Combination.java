package dev.sekiso.integration.contents;

import dev.sekiso.stack.StorageStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which layers are the real ones, and in which time the stack runs. */
record Combination(Layers layers, Time time) {

  /** The layers that are swapped, by the names of the second table of the design's section 4. */
  enum Layers {
    ALL_REAL(Map.of()),
    PASS_THROUGH_PAGE_CACHE(Map.of("pagecache", "pass-through")),
    WRITE_THROUGH_WRITEBACK(Map.of("writeback", "write-through")),
    DIRECT_BLOCK_QUEUE(Map.of("blockqueue", "direct")),
    INLINE_AIO(Map.of("aio", "inline")),
    ALL_SWAPPED(
        Map.of(
            "pagecache", "pass-through",
            "writeback", "write-through",
            "blockqueue", "direct",
            "aio", "inline"));

    private final Map<String, String> swapped;

    Layers(Map<String, String> swapped) {
      this.swapped = swapped;
    }
  }

  /** Virtual time comes with a modelled disk, real time with memory. */
  enum Time {
    VIRTUAL("nvme"),
    REAL("ram");

    private final String disk;

    Time(String disk) {
      this.disk = disk;
    }
  }

  static List<Combination> all() {
    List<Combination> all = new ArrayList<>();
    for (Layers layers : Layers.values()) {
      for (Time time : Time.values()) {
        all.add(new Combination(layers, time));
      }
    }
    return all;
  }

  /** The address of a disk. */
  String disk(String size) {
    return time.disk + ":" + size;
  }

  StorageStack.Builder builder() {
    StorageStack.Builder builder = StorageStack.builder();
    builder.machine(time == Time.VIRTUAL ? "simulated?seed=11" : "system");
    layers.swapped.forEach(builder::layer);
    return builder;
  }

  @Override
  public String toString() {
    return layers + " in " + time + " time";
  }
}
