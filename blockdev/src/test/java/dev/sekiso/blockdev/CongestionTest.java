package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a queue says of itself: how full it is, and for whom it works. */
class CongestionTest {

  private static final int REQUESTS = 32;

  private final SimulatedMachine machine = new SimulatedMachine(1);
  private final HeldDriver driver =
      new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(REQUESTS));
  private final RequestQueue queue =
      new RequestQueue(machine, "sda", driver, host -> new NoneScheduler());
  private final List<Bio> ended = new ArrayList<>();

  private void submit(BioOperation operation, int count) {
    for (int i = 0; i < count; i++) {
      // Far apart, so that nothing merges.
      Bio bio = new Bio(operation, 0, 1000L * (driver.held() + ended.size() + 1), ended::add);
      queue.submit(bio.add(Buffers.sectors(8)));
    }
  }

  private void release(int count) {
    for (int i = 0; i < count; i++) {
      driver.release();
    }
  }

  /** By the formula of {@code blk_queue_congestion_threshold}. */
  @ParameterizedTest
  @CsvSource({"128, 113, 103", "32, 29, 25", "16, 15, 12", "8, 8, 6", "4, 4, 3", "1, 1, 1"})
  void thresholds_areSevenEighthsAndThirteenSixteenths(int requests, int on, int off) {
    assertThat(Congestion.onFrom(requests)).isEqualTo(on);
    assertThat(Congestion.offBelow(requests)).isEqualTo(off);
  }

  @Test
  void queue_isCongestedFromTheOneThreshold_untilBelowTheOther() {
    AtomicInteger told = new AtomicInteger();
    queue.whenDecongested(told::incrementAndGet);
    machine.run(() -> {
      submit(BioOperation.READ, 28);
      assertThat(queue.isReadCongested()).isFalse();
      submit(BioOperation.READ, 1);
      assertThat(queue.isReadCongested()).isTrue();
      release(4);
      assertThat(queue.isReadCongested()).isTrue();
      assertThat(told).hasValue(0);
      release(1);
      assertThat(queue.isReadCongested()).isFalse();
      assertThat(told).hasValue(1);
      submit(BioOperation.READ, 4);
      assertThat(queue.isReadCongested()).isFalse();
      release(driver.held());
      assertThat(told).hasValue(1);
    });
  }

  @Test
  void readsAndWrites_areCongestedEachForItself() {
    machine.run(() -> {
      submit(BioOperation.WRITE, 29);
      assertThat(queue.isWriteCongested()).isTrue();
      assertThat(queue.isReadCongested()).isFalse();
      release(29);
      submit(BioOperation.READ, 16);
      submit(BioOperation.WRITE, 16);
      assertThat(queue.isReadCongested()).isFalse();
      assertThat(queue.isWriteCongested()).isFalse();
      release(32);
    });
  }

  @Test
  void biosOfAGroup_countForItAndThoseAbove_notForOthers() {
    Cgroup above = Cgroup.ROOT.child("above");
    Cgroup below = above.child("below");
    Cgroup other = Cgroup.ROOT.child("other");
    machine.run(() -> {
      submit(BioOperation.READ, 1);
      TaskContext.current().withCgroup(above).run(() -> submit(BioOperation.READ, 2));
      TaskContext.current().withCgroup(below).run(() -> submit(BioOperation.WRITE, 3));
      release(6);
    });
    assertThat(queue.groupIo(below)).isEqualTo(new GroupIo(0, 3 * 4096, 0, 0, 3, 0));
    assertThat(queue.groupIo(above)).isEqualTo(new GroupIo(2 * 4096, 3 * 4096, 0, 2, 3, 0));
    assertThat(queue.groupIo(other)).isEqualTo(GroupIo.NONE);
    assertThat(queue.groupIo(above).asIoStat())
        .containsEntry("rbytes", 8192L)
        .containsEntry("wbytes", 12288L)
        .containsEntry("rios", 2L)
        .containsEntry("wios", 3L);
  }
}
