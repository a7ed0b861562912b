package dev.sekiso.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** What is to be shown. */
final class Goals {

  private static final Contestant BARE = Contestant.of("CachedReads.bareCopy");
  private static final Contestant HUGE = Contestant.of("CachedReads.hugeCopy");
  private static final Contestant CACHE = Contestant.of("CachedReads.addressSpace");
  private static final Contestant VFS = Contestant.of("CachedReads.vfs");
  private static final Contestant CHANNEL = Contestant.of("CachedReads.fileChannel");
  private static final Contestant NEO4J = Contestant.of("Neo4jReads.copy");
  private static final Contestant PLAIN = Contestant.of("PinnedReads.plain");
  private static final Contestant TIGHT_CACHE = Contestant.of("TightReads.addressSpace");
  private static final Contestant TIGHT_VFS = Contestant.of("TightReads.vfs");

  private Goals() {}

  /** Everything that is measured in memory. */
  static List<Goal> inMemory() {
    List<Goal> goals = new ArrayList<>();
    for (Distribution distribution : Distribution.values()) {
      for (int threads = 1; threads <= 2; threads++) {
        reads(goals, distribution, threads);
        pins(goals, distribution, threads);
      }
      scaling(goals, distribution);
      allocation(goals, distribution);
    }
    dirty(goals);
    return goals;
  }

  private static void reads(List<Goal> goals, Distribution distribution, int threads) {
    Contestant bare = BARE.with(distribution).by(threads);
    Contestant vfs = VFS.with(distribution).by(threads);
    String by = suffix(distribution, threads);
    goals.add(
        Goal.atMost(
            "page cache / bare copy" + by, CACHE.with(distribution).by(threads), bare, 1.15));
    goals.add(
        Goal.told(
            "page cache / copy from huge pages" + by,
            CACHE.with(distribution).by(threads),
            HUGE.with(distribution).by(threads)));
    goals.add(Goal.atMost("Vfs.pread / bare copy" + by, vfs, bare, 1.3));
    goals.add(
        Goal.atLeast(
            "FileChannel.read / Vfs.pread" + by, CHANNEL.with(distribution).by(threads), vfs, 1.4));
    goals.add(Goal.told("Neo4j / bare copy" + by, NEO4J.with(distribution).by(threads), bare));
    goals.add(
        Goal.atMost(
            "page cache with a quarter / bare copy" + by,
            TIGHT_CACHE.with(distribution).by(threads),
            bare,
            2.5));
    goals.add(
        Goal.atMost(
            "Vfs.pread on ram: with a quarter / bare copy" + by,
            TIGHT_VFS.with(distribution).by(threads),
            bare,
            2.5));
  }

  private static void pins(List<Goal> goals, Distribution distribution, int threads) {
    Contestant plain = PLAIN.with(distribution).by(threads);
    goals.add(
        Goal.atMost(
            "8 bytes, held / plain" + suffix(distribution, threads),
            Contestant.of("PinnedReads.held").with(distribution).by(threads),
            plain,
            2));
    for (String method : List.of("lookup", "readFolio")) {
      goals.add(
          Goal.told(
              "8 bytes, " + method + " / plain" + suffix(distribution, threads),
              Contestant.of("PinnedReads." + method).with(distribution).by(threads),
              plain));
    }
    goals.add(
        Goal.told(
            "8 bytes, Neo4j / plain" + suffix(distribution, threads),
            Contestant.of("Neo4jReads.eightBytes").with(distribution).by(threads),
            plain));
  }

  /** 1.8 where the bare copy gives 2. */
  private static void scaling(List<Goal> goals, Distribution distribution) {
    Contestant bare = BARE.with(distribution);
    goals.add(
        Goal.scales(
            "page cache, two threads, bare = 2, " + distribution,
            CACHE.with(distribution),
            bare,
            1.8));
    goals.add(
        Goal.scales(
            "Vfs.pread, two threads, bare = 2, " + distribution,
            VFS.with(distribution),
            bare,
            1.8));
  }

  private static void allocation(List<Goal> goals, Distribution distribution) {
    for (Contestant one : List.of(CACHE, VFS, TIGHT_CACHE)) {
      goals.add(
          Goal.allocatesNothing(
              "bytes allocated, " + one.with(distribution), one.with(distribution)));
    }
  }

  private static void dirty(List<Goal> goals) {
    for (String method : List.of("again", "markAndWrite")) {
      Contestant marks = Contestant.of("DirtyMarks." + method);
      goals.add(
          Goal.atMost(
              "DirtyMarks." + method + ", among 65536 / among 1024",
              marks.among(65_536),
              marks.among(1024),
              2));
      goals.add(
          Goal.allocatesNothing("bytes allocated, DirtyMarks." + method, marks.among(65_536)));
    }
  }

  /** What is measured on the host's disk. */
  static List<Goal> onDisk() {
    return List.of(
        Goal.atLeast(
            "cold 1 GiB, FileChannel.read / Vfs.read",
            Contestant.of("ColdReads.fileChannel"),
            Contestant.of("ColdReads.vfs"),
            0.9),
        Goal.atLeast(
            "durable 1 GiB, FileChannel.write / Vfs.write",
            Contestant.of("DurableWrites.fileChannel"),
            Contestant.of("DurableWrites.vfs"),
            0.9));
  }

  private static String suffix(Distribution distribution, int threads) {
    return ", " + distribution + (threads == 1 ? "" : ", by " + threads);
  }
}
