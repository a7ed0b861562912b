package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Bios that a device cannot take. */
class BioCheckTest {

  @Test
  void badBios_failAsLinuxHasIt_withoutReachingTheDriver() {
    with(
        QueueLimits.DEFAULT.withBlockSizes(4096, 4096),
        NONE,
        bench -> {
          assertThat(bench.read((1 << 20) - 8, 16).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(1 << 20, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(-8, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(1, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(0, 1).status()).isEqualTo(Errno.EIO);
          MemorySegment odd = Buffers.sectors(17).asSlice(256, 4096);
          assertThat(bench.scattered(BioOperation.READ, 0, odd).status()).isEqualTo(Errno.EINVAL);
          Bio discard = new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).length(4096);
          bench.queue.submit(discard);
          assertThat(discard.status()).isEqualTo(Errno.EOPNOTSUPP);
          Bio empty = new Bio(BioOperation.READ, 0, 0, bio -> {});
          bench.queue.submit(empty);
          assertThat(empty.status()).isEqualTo(Errno.EINVAL);
          assertThat(bench.issued()).isEmpty();
          assertThat(bench.read((1 << 20) - 8, 8).failure()).isNull();
          assertThat(bench.ended)
              .allSatisfy(bio ->
                  assertThat(bio.failure())
                      .hasMessageContaining("sda")
                      .hasMessageContaining("sector " + bio.sector()));
        });
  }

  @Test
  void readOnlyDriver_refusesWritesButFlushes() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    BlockDriver readOnly =
        new LambdaDriver(
            1000,
            QueueLimits.DEFAULT.withWriteCache(true, false),
            true,
            request -> request.complete(null));
    RequestQueue queue = new RequestQueue(machine, "ro", readOnly, NONE);
    machine.run(() -> {
      BlockIo io = new BlockIo(machine, queue);
      assertThatThrownBy(() -> io.write(0, Buffers.sectors(1)))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
      assertThatThrownBy(() -> io.writeZeroes(0, 1)).isInstanceOf(ErrnoException.class);
      io.read(0, Buffers.sectors(1));
      io.flush();
      assertThat(queue.readOnly()).isTrue();
    });
  }

  @Test
  void bio_misused_throwsAtOnce() {
    assertThatThrownBy(() ->
            new Bio(BioOperation.READ, 0, 0, bio -> {}).add(MemorySegment.ofArray(new byte[512])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new Bio(BioOperation.READ, 0, 0, bio -> {}).add(Buffers.sectors(1).asSlice(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bio(BioOperation.WRITE, 0, 0, bio -> {}).length(512))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).add(Buffers.sectors(1)))
        .isInstanceOf(IllegalArgumentException.class);
    Bio twice = new Bio(BioOperation.FLUSH, 0, 0, bio -> {});
    twice.complete(null);
    assertThatThrownBy(() -> twice.complete(null)).isInstanceOf(IllegalStateException.class);
  }
}
