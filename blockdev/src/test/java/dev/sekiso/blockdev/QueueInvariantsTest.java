package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wrong with a queue is seen, and named. */
class QueueInvariantsTest {

  private static final QueueLimits LIMITS =
      QueueLimits.DEFAULT.withQueueDepth(1).withWriteCache(true, false);

  private final SimulatedMachine machine = new SimulatedMachine(1);
  private final HeldDriver driver = new HeldDriver(1000, LIMITS);

  private RequestQueue queue() {
    return new RequestQueue(machine, "sda", driver, host -> new NoneScheduler());
  }

  private static Bio read(long sector) {
    return new Bio(BioOperation.READ, 0, sector, bio -> {}).add(Buffers.sectors(1));
  }

  private static List<String> violations(BlockDevice device) {
    return QueueInvariants.of(device).violations();
  }

  @Test
  void queues_atRest_haveNothingWrong() throws ErrnoException {
    RequestQueue queue = queue();
    DirectQueue direct = new DirectQueue(machine, "sdb", driver);
    machine.run(() -> {
      for (BlockDevice device : List.of(queue, direct)) {
        assertThat(violations(device)).isEmpty();
        machine.schedule("end of the read", 1, driver::releaseAll);
        machine.schedule("end of the flush", 2, driver::releaseAll);
        try (Plug _ = device.plug()) {
          device.submit(read(0));
          device.submit(new Bio(BioOperation.FLUSH, 0, 0, bio -> {}));
        }
        machine.sleep(10);
        assertThat(violations(device)).isEmpty();
      }
    });
  }

  @Test
  void request_neverEnded_isSeenWithItsTag() {
    RequestQueue queue = queue();
    DirectQueue direct = new DirectQueue(machine, "sdb", driver);
    machine.run(() -> {
      queue.submit(read(0));
      direct.submit(read(0));
      assertThat(violations(queue))
          .containsExactly(
              "1 requests in flight of sda",
              "1 of 1 tags are not given back of sda",
              "1 requests in the driver of sda");
      assertThat(violations(direct)).contains("1 requests in the driver of sdb");
      driver.releaseAll();
      assertThat(violations(queue)).isEmpty();
      assertThat(violations(direct)).isEmpty();
    });
  }

  @Test
  void plug_leftOpen_isSeenWithWhatItHolds() {
    RequestQueue queue = queue();
    machine.run(() -> {
      Plug plug = queue.plug();
      assertThat(violations(queue)).containsExactly("a plug was opened and not closed of sda");
      queue.submit(read(0));
      assertThat(violations(queue)).contains("1 requests in the plug of sda");
      plug.close();
      driver.releaseAll();
      assertThat(violations(queue)).isEmpty();
    });
  }

  @Test
  void bio_inLineForATag_isSeen() {
    RequestQueue queue = queue();
    machine.run(() -> {
      machine.schedule(
          "interrupt",
          1,
          () -> {
            queue.submit(read(0));
            queue.submit(read(8));
          });
      machine.sleep(10);
      assertThat(violations(queue)).contains("1 in line for a tag of sda");
      driver.releaseAll();
      assertThat(violations(queue)).isEmpty();
    });
  }

  @Test
  void flush_neverEnded_isSeen() {
    RequestQueue queue = queue();
    machine.run(() -> {
      queue.submit(new Bio(BioOperation.FLUSH, 0, 0, bio -> {}));
      assertThat(violations(queue)).contains("1 requests in a flush sequence of sda");
      driver.releaseAll();
      assertThat(violations(queue)).isEmpty();
    });
  }
}
