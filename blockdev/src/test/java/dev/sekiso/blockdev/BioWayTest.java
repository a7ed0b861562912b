package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue over a driver that takes bios. */
class BioWayTest {

  private static final IoScheduler.Factory NONE = host -> new NoneScheduler();

  private final SimulatedMachine machine = new SimulatedMachine(1);
  private final Recorder driver = new Recorder();
  private final List<Bio> ended = new ArrayList<>();

  /** Says of each bio and of each request that it came. */
  private static final class Recorder implements BioDriver {

    final List<String> came = new ArrayList<>();
    ErrnoException failure;
    RuntimeException thrown;

    @Override
    public long sectors() {
      return 1 << 20;
    }

    @Override
    public QueueLimits limits() {
      return QueueLimits.DEFAULT.withDiscard(true).withWriteCache(true, false);
    }

    @Override
    public ErrnoException carryOut(Bio bio) {
      came.add("bio " + bio.operation() + " " + bio.sector());
      if (thrown != null) {
        throw thrown;
      }
      return failure;
    }

    @Override
    public void execute(Request request) {
      came.add("request " + request.operation() + " " + request.sector());
      request.complete(null);
    }

    @Override
    public void close() {}
  }

  private interface Body {
    void run(RequestQueue queue) throws Exception;
  }

  private void with(IoScheduler.Factory scheduler, Body body) throws Exception {
    machine.run(() -> body.run(new RequestQueue(machine, "ram", driver, scheduler)));
  }

  private Bio bio(BioOperation operation, int flags, long sector) {
    return new Bio(operation, flags, sector, ended::add);
  }

  private Bio read(long sector) {
    return bio(BioOperation.READ, 0, sector).add(Buffers.sectors(8));
  }

  private Bio write(int flags, long sector) {
    return bio(BioOperation.WRITE, flags, sector).add(Buffers.sectors(8));
  }

  @Test
  void readsAndWrites_areDoneWhenSubmitReturns_alsoInAPlug() throws Exception {
    with(
        NONE,
        queue -> {
          try (Plug plug = queue.plug()) {
            queue.submit(read(0));
            queue.submit(read(8));
            queue.submit(write(0, 16));
            assertThat(ended).hasSize(3);
          }
          assertThat(driver.came).containsExactly("bio READ 0", "bio READ 8", "bio WRITE 16");
        });
  }

  @Test
  void whatComesBeforeOrAfterData_orHasNone_goesAsRequests() throws Exception {
    with(
        NONE,
        queue -> {
          queue.submit(bio(BioOperation.DISCARD, 0, 64).length(4096));
          queue.submit(bio(BioOperation.FLUSH, 0, 0));
          queue.submit(write(Bio.FORCE_UNIT_ACCESS, 16));
          assertThat(driver.came)
              .containsExactly(
                  "request DISCARD 64", "request FLUSH 0", "request WRITE 16", "request FLUSH 0");
          assertThat(ended).hasSize(3).allMatch(bio -> bio.status() == null);
        });
  }

  @Test
  void aScheduler_isNotPassedBy_untilItIsNone() throws Exception {
    with(
        MqDeadlineScheduler::new,
        queue -> {
          queue.submit(read(0));
          queue.setScheduler(NONE);
          queue.submit(read(8));
          queue.setScheduler(MqDeadlineScheduler::new);
          queue.submit(read(16));
          assertThat(driver.came)
              .containsExactly("request READ 0", "bio READ 8", "request READ 16");
        });
  }

  @Test
  void counters_countBiosAsRequestsWithoutTime() throws Exception {
    with(
        NONE,
        queue -> {
          queue.submit(read(0));
          queue.submit(write(0, 8));
          queue.submit(write(0, 16));
          queue.submit(write(Bio.FORCE_UNIT_ACCESS, 24));
          DeviceCounters counters = queue.counters();
          assertThat(counters.readRequests()).isEqualTo(1);
          assertThat(counters.readSectors()).isEqualTo(8);
          assertThat(counters.writeRequests()).isEqualTo(3);
          assertThat(counters.writeSectors()).isEqualTo(24);
          assertThat(counters.inFlight()).isZero();
        });
  }

  @Test
  void failures_areTheBios_withTheirReason() throws Exception {
    with(
        NONE,
        queue -> {
          driver.failure = new ErrnoException(Errno.ENOMEM, "no memory for it");
          queue.submit(write(0, 8));
          driver.failure = null;
          driver.thrown = new IllegalStateException("a bug");
          queue.submit(write(0, 16));
          assertThat(ended).extracting(Bio::status).containsExactly(Errno.ENOMEM, Errno.EIO);
          assertThat(ended.getLast().failure()).hasMessageContaining("ram").hasCause(driver.thrown);
        });
  }

  @Test
  void whatIsChecked_isCheckedHereToo() throws Exception {
    with(
        NONE,
        queue -> {
          queue.submit(read(1 << 20));
          assertThat(ended.getLast().status()).isEqualTo(Errno.EIO);
          queue.close();
          queue.submit(read(0));
          assertThat(ended.getLast().status()).isEqualTo(Errno.ENODEV);
          assertThat(driver.came).isEmpty();
        });
  }

  @Test
  void aBioSubmittedByACompletion_waitsForThatToReturn() throws Exception {
    with(
        NONE,
        queue -> {
          int[] depth = {0, 0};
          Bio.Completion[] next = new Bio.Completion[1];
          next[0] =
              done -> {
                depth[0]++;
                depth[1] = Math.max(depth[1], depth[0]);
                if (driver.came.size() < 10_000) {
                  queue.submit(new Bio(BioOperation.READ, 0, 0, next[0]).add(Buffers.sectors(1)));
                }
                depth[0]--;
              };
          queue.submit(new Bio(BioOperation.READ, 0, 0, next[0]).add(Buffers.sectors(1)));
          assertThat(driver.came).hasSize(10_000);
          assertThat(depth[1]).isEqualTo(1);
        });
  }
}
