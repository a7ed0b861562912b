package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.TaskContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes one request, and what does not. */
class MergeTest {

  @Test
  void mqDeadline_queuedRequests_takeBiosAtBothEndsAndFuse() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(1),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nr_requests").set(64);
          bench.read(100_000, 8);
          bench.read(16, 8);
          bench.read(32, 8);
          bench.read(8, 8);
          bench.read(24, 8);
          bench.issued();
          bench.driver.release();
          assertThat(bench.issued()).containsExactly("R 8+32");
          bench.driver.releaseAll();
          assertThat(bench.ended).hasSize(5);
          assertThat(bench.queue.counters().readRequests()).isEqualTo(2);
          assertThat(bench.queue.counters().inFlight()).isZero();
        });
  }

  @Test
  void mqDeadline_withoutFrontMerges_mergesAtTheBackOnly() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(1),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nr_requests").set(64);
          bench.queue.settings().get("iosched/front_merges").set(0);
          bench.read(100_000, 8);
          bench.read(50_000, 8);
          bench.read(16, 8);
          bench.read(8, 8);
          bench.issued();
          bench.driver.releaseAll();
          assertThat(bench.issued()).containsExactly("R 50000+8", "R 16+8", "R 8+8");
        });
  }

  @Test
  void plug_unlikeBios_areNotMerged() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          TaskContext idle =
              TaskContext.ROOT.withIoPriority(new IoPriority(IoPriority.SchedulingClass.IDLE, 0));
          TaskContext group = TaskContext.ROOT.withCgroup(Cgroup.ROOT.child("a"));
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.write(8, 8);
            idle.run(() -> bench.write(16, 8));
            group.run(() -> bench.write(24, 8));
            bench.submit(BioOperation.WRITE, Bio.NO_MERGE, 32, 8);
            bench.write(40, 8);
            bench.write(56, 8);
          }
          assertThat(bench.issued())
              .containsExactly("R 0+8", "W 8+8", "W 16+8", "W 24+8", "W 32+8", "W 40+8", "W 56+8");
        });
  }

  @Test
  void merge_beyondTheSectorLimit_closesTheRequest() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(32),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(100, 16);
            bench.read(116, 8);
            bench.read(124, 16);
            // Would fit, but the request before it is last now, and its former neighbour closed.
            bench.read(92, 8);
          }
          assertThat(bench.issued()).containsExactly("R 100+24", "R 124+16", "R 92+8");
        });
  }

  @Test
  void merge_beyondTheSegmentLimit_isRefused() {
    with(
        QueueLimits.DEFAULT.withSegments(3, 65536, -1),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.scattered(BioOperation.READ, 0, Buffers.scattered(2, 8));
            bench.read(16, 8);
            bench.read(24, 8);
          }
          assertThat(bench.issued()).containsExactly("R 0+24", "R 24+8");
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void nomerges_says_howMuchIsMerged(int level) {
    with(
        QueueLimits.DEFAULT,
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nomerges").set(level);
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.read(8, 8);
            bench.read(1000, 8);
            bench.read(16, 8);
          }
          List<String> issued = bench.issued();
          switch (level) {
            case 0 -> assertThat(issued).containsExactly("R 0+24", "R 1000+8");
            // The last hit is the first request put in, which is the one this joins.
            case 1 -> assertThat(issued).containsExactly("R 0+24", "R 1000+8");
            default -> assertThat(issued).containsExactly("R 0+8", "R 8+8", "R 16+8", "R 1000+8");
          }
        });
  }

  /** Metadata is charged to the root group, so it stays apart ({@code blk_cgroup_mergeable}). */
  @Test
  void merge_ofMetadataWithData_isRefused() {
    with(
        QueueLimits.DEFAULT,
        MqDeadlineScheduler::new,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.submit(BioOperation.READ, Bio.METADATA, 8, 8);
            bench.submit(BioOperation.READ, Bio.METADATA, 16, 8);
            bench.read(24, 8);
          }
          assertThat(bench.issued()).containsExactly("R 0+8", "RM 8+16", "R 24+8");
        });
  }

  /** Its length in bytes has 32 bits. */
  @Test
  void merge_ofDiscards_endsAtFourGibibytes() {
    long half = 1L << 22;
    Bio first = new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).length(half << 9);
    Request request = new Request((r, failure, done) -> {}, "sda", first, 0, 0, 0);
    assertThat(MergeRules.fits(QueueLimits.DEFAULT, request, half - 1, 0)).isTrue();
    assertThat(MergeRules.fits(QueueLimits.DEFAULT, request, half, 0)).isFalse();
    assertThat(request.mergeable()).as("is full").isFalse();
    Bio next = new Bio(BioOperation.DISCARD, 0, half, bio -> {}).length(half << 9);
    Request other = new Request((r, failure, done) -> {}, "sda", next, 0, 0, 0);
    assertThat(MergeRules.together(QueueLimits.DEFAULT, other, request)).isFalse();
  }
}
