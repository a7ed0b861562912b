package dev.sekiso.blockdev.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.DirectQueue;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class RamDriverTest extends BlockDriverContract {

  @Override
  protected BlockDriver open(Machine machine) {
    return new RamDriver(SECTORS);
  }

  @Test
  void media_outlivesAPowerCut() throws Exception {
    Media media = new Media(1000);
    SimulatedMachine first = new SimulatedMachine(1);
    DirectQueue before = new DirectQueue(first, "ram", new RamDriver(media));
    MemorySegment written = Buffers.pattern(5, 10, 1);
    first.run(() -> {
      new BlockIo(first, before).write(5, written);
      first.cutPower();
    });
    SimulatedMachine second = new SimulatedMachine(2);
    DirectQueue after = new DirectQueue(second, "ram", new RamDriver(media));
    second.run(() -> {
      MemorySegment read = Buffers.sectors(10);
      new BlockIo(second, after).read(5, read);
      assertThat(Buffers.same(read, written)).isTrue();
    });
  }

  @Test
  void zeroes_whereNothingWasWritten_takeNoMemory() {
    Media media = new Media(1 << 20);
    media.write(100, Buffers.sectors(1000));
    assertThat(media.residentBytes()).isZero();
    MemorySegment written = Buffers.pattern(0, 1, 1);
    media.write(128, written);
    media.write(128, Buffers.sectors(1));
    assertThat(media.residentBytes()).isEqualTo(65536);
    MemorySegment read = Buffers.pattern(0, 1, 1);
    media.read(128, read);
    assertThat(Buffers.same(read, Buffers.sectors(1))).isTrue();
  }

  @Test
  void write_withoutMemoryForIt_failsWithENOMEM_andSaysWhatToDo() throws Exception {
    Media media =
        new Media(
            1000,
            (bytes, alignment) -> {
              throw new OutOfMemoryError("no memory of " + bytes + " bytes at " + alignment);
            });
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      DirectQueue device = new DirectQueue(machine, "ram", new RamDriver(media));
      BlockIo io = new BlockIo(machine, device);
      assertThatThrownBy(() -> io.write(5, Buffers.pattern(5, 10, 1)))
          .hasMessageContaining("ENOMEM")
          .hasStackTraceContaining("keep it in a file: file:disk.img");
      MemorySegment read = Buffers.sectors(10);
      io.read(5, read);
      assertThat(Buffers.same(read, Buffers.sectors(10))).isTrue();
    });
  }

  @Test
  void media_takesMemoryForWhatIsWrittenOnly() {
    Media media = new Media(2L << 30);
    assertThat(media.sectors() << 9).isEqualTo(1L << 40);
    media.write((2L << 30) - 8, Buffers.pattern(0, 8, 1));
    media.write(12345, Buffers.pattern(0, 1, 1));
    media.zero(0, 2L << 30);
    assertThat(media.residentBytes()).isEqualTo(2 * 8192);
    MemorySegment read = Buffers.sectors(8);
    media.read((2L << 30) - 8, read);
    assertThat(Buffers.same(read, Buffers.sectors(8))).isTrue();
  }

  @Test
  void media_outOfRange_throws() {
    Media media = new Media(10);
    assertThatThrownBy(() -> media.read(9, Buffers.sectors(2)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> media.write(0, Buffers.sectors(1).asSlice(0, 100)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Media(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
