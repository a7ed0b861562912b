package dev.sekiso.blockdev.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files of the host. */
class FileDriverTest extends BlockDriverContract {

  private static final FileDriver.Options OPTIONS = FileDriver.Options.DEFAULT;

  @TempDir Path directory;
  private int files;

  @Override
  protected BlockDriver open(Machine machine) throws Exception {
    return FileDriver.create(
        machine,
        directory.resolve("disk" + files++),
        SECTORS * 512,
        OPTIONS.withWorkers(4).withDurability(FileDriver.Durability.HOST));
  }

  private static void fails(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  @Test
  void create_makesASparseFileOfZeroes_onceOnly() throws Exception {
    Path path = directory.resolve("new");
    try (SystemMachine machine = new SystemMachine()) {
      FileDriver.create(machine, path, 1 << 20, OPTIONS).close();
      assertThat(Files.size(path)).isEqualTo(1 << 20);
      fails(Errno.EEXIST, () -> FileDriver.create(machine, path, 1 << 20, OPTIONS));
      fails(
          Errno.EINVAL, () -> FileDriver.create(machine, directory.resolve("odd"), 1000, OPTIONS));
      FileDriver reopened = FileDriver.open(machine, path, OPTIONS);
      assertThat(reopened.sectors()).isEqualTo(2048);
      reopened.close();
      reopened.close();
    }
  }

  @Test
  void open_whatIsNoImage_saysWhatToDo() throws Exception {
    Path odd = Files.write(directory.resolve("odd"), new byte[700]);
    Path empty = Files.createFile(directory.resolve("empty"));
    try (SystemMachine machine = new SystemMachine()) {
      assertThatThrownBy(() -> FileDriver.open(machine, odd, OPTIONS))
          .hasMessageContaining("EINVAL")
          .hasMessageContaining(odd.toString())
          .hasMessageContaining("700")
          .hasMessageContaining("truncate");
      fails(Errno.EINVAL, () -> FileDriver.open(machine, empty, OPTIONS));
      fails(Errno.ENOENT, () -> FileDriver.open(machine, directory.resolve("no"), OPTIONS));
      fails(Errno.EISDIR, () -> FileDriver.open(machine, directory, OPTIONS));
    }
  }

  @Test
  void readOnly_refusesWrites() throws Exception {
    Path path = Files.write(directory.resolve("ro"), new byte[4096]);
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue =
            queue(
                machine,
                FileDriver.open(machine, path, OPTIONS.withAccess(FileDriver.Access.READ_ONLY)))) {
      BlockIo io = new BlockIo(machine, queue);
      io.read(0, Buffers.sectors(8));
      fails(Errno.EPERM, () -> io.write(0, Buffers.sectors(1)));
      io.flush();
    }
  }

  private static RequestQueue queue(Machine machine, BlockDriver driver) {
    return new RequestQueue(machine, "file", driver, host -> new NoneScheduler());
  }

  @Test
  void fileCutShort_failsReadsWithEioAndTheCause() throws Exception {
    Path path = Files.write(directory.resolve("short"), new byte[1 << 16]);
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue = queue(machine, FileDriver.open(machine, path, OPTIONS))) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(5000);
      }
      BlockIo io = new BlockIo(machine, queue);
      io.read(0, Buffers.sectors(8));
      assertThatThrownBy(() -> io.read(8, Buffers.sectors(8)))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO))
          .hasRootCauseInstanceOf(IOException.class)
          .hasStackTraceContaining(path.toString());
      // A write puts the file right again.
      io.write(0, Buffers.pattern(0, 128, 1));
      io.read(8, Buffers.sectors(8));
    }
  }

  @Test
  void fullHost_failsWritesWithEnospc() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "needs Linux's /dev/full");
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue = queue(machine, FileDriver.open(machine, full, OPTIONS))) {
      BlockIo io = new BlockIo(machine, queue);
      io.read(0, Buffers.sectors(8));
      assertThatThrownBy(() -> io.write(0, Buffers.sectors(8)))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC))
          .hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(HostFile.errno(new IOException("No space left on device"))).isEqualTo(Errno.ENOSPC);
    assertThat(HostFile.errno(new IOException("Disk quota exceeded"))).isEqualTo(Errno.ENOSPC);
    assertThat(HostFile.errno(new IOException("Read-only file system"))).isEqualTo(Errno.EROFS);
    assertThat(HostFile.errno(new IOException("Input/output error"))).isEqualTo(Errno.EIO);
    assertThat(HostFile.errno(new IOException())).isEqualTo(Errno.EIO);
  }

  @Test
  void manyPieces_areReadAndWrittenInTheirOrder() throws Exception {
    Path path = directory.resolve("pieces");
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue = queue(machine, FileDriver.create(machine, path, 4 << 20, OPTIONS))) {
      BlockIo io = new BlockIo(machine, queue);
      MemorySegment[] pieces = Buffers.scattered(128, 3);
      MemorySegment whole = Buffers.pattern(7, 128 * 3, 5);
      for (int i = 0; i < pieces.length; i++) {
        MemorySegment.copy(whole, i * 1536L, pieces[i], 0, 1536);
      }
      Bios.submitAndWait(machine, queue, dev.sekiso.blockdev.BioOperation.WRITE, 7, pieces);
      MemorySegment read = Buffers.sectors(128 * 3);
      io.read(7, read);
      assertThat(Buffers.same(read, whole)).isTrue();
      MemorySegment[] back = Buffers.scattered(128, 3);
      Bios.submitAndWait(machine, queue, dev.sekiso.blockdev.BioOperation.READ, 7, back);
      for (int i = 0; i < back.length; i++) {
        assertThat(Buffers.same(back[i], pieces[i])).isTrue();
      }
      byte[] file = Files.readAllBytes(path);
      assertThat(MemorySegment.ofArray(file).asSlice(7 * 512, whole.byteSize()).mismatch(whole))
          .isEqualTo(-1);
    }
  }

  @Test
  void durability_isWhatTheLimitsSay() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      FileDriver fsync = FileDriver.create(machine, directory.resolve("a"), 4096, OPTIONS);
      FileDriver host =
          FileDriver.create(
              machine,
              directory.resolve("b"),
              4096,
              OPTIONS.withDurability(FileDriver.Durability.HOST));
      assertThat(fsync.limits().volatileWriteCache()).isTrue();
      assertThat(host.limits().volatileWriteCache()).isFalse();
      try (RequestQueue queue = queue(machine, fsync)) {
        new BlockIo(machine, queue).writeDurably(0, Buffers.sectors(8));
        assertThat(queue.counters().flushRequests()).isEqualTo(1);
      }
      try (RequestQueue queue = queue(machine, host)) {
        new BlockIo(machine, queue).writeDurably(0, Buffers.sectors(8));
        assertThat(queue.counters().flushRequests()).isZero();
      }
    }
  }

  @Test
  void memoryThatIsGone_failsTheRequest_notTheWorker() throws Exception {
    Path path = directory.resolve("gone");
    try (SystemMachine machine = new SystemMachine();
        RequestQueue queue =
            queue(machine, FileDriver.create(machine, path, 1 << 20, OPTIONS.withWorkers(1)))) {
      BlockIo io = new BlockIo(machine, queue);
      MemorySegment memory;
      try (Arena arena = Arena.ofShared()) {
        memory = arena.allocate(4096, 4096);
      }
      fails(Errno.EFAULT, () -> io.write(0, memory));
      io.write(0, Buffers.sectors(8));
    }
  }

  @Test
  void direct_isTheHostsFileToTheByte_alsoInPiecesTheHostDoesNotKnow() throws Exception {
    for (FileDriver.Caching caching : FileDriver.Caching.values()) {
      Path path = directory.resolve("seen-" + caching);
      try (SystemMachine machine = new SystemMachine();
          RequestQueue queue =
              queue(
                  machine,
                  FileDriver.create(machine, path, 4 << 20, OPTIONS.withCaching(caching)))) {
        BlockIo io = new BlockIo(machine, queue);
        MemorySegment whole = Buffers.pattern(0, 8192, 3);
        io.write(0, whole);
        assertThat(onHost(path)).as("%s", caching).isEqualTo(whole.toArray(JAVA_BYTE));
        MemorySegment small = Buffers.pattern(9, 3, 4);
        io.write(9, small);
        io.write(64, Buffers.pattern(64, 64, 5));
        MemorySegment.copy(small, 0, whole, 9 * 512, small.byteSize());
        MemorySegment.copy(Buffers.pattern(64, 64, 5), 0, whole, 64 * 512, 64 * 512);
        assertThat(onHost(path)).as("%s", caching).isEqualTo(whole.toArray(JAVA_BYTE));
        MemorySegment read = Buffers.sectors(8192);
        io.read(0, read);
        assertThat(Buffers.same(read, whole)).isTrue();
        io.flush();
      }
    }
  }

  private static byte[] onHost(Path path) throws IOException {
    return Files.readAllBytes(path);
  }

  @Test
  void gate_closesForGood_withTheFirstWriteThatIsNoWholeBlock() throws Exception {
    Path path = directory.resolve("gate");
    try (SystemMachine machine = new SystemMachine();
        HostFile common = HostFile.create(path, 1 << 20)) {
      HostGate gate = new HostGate(machine, FileDriver.Caching.DIRECT);
      try (HostLane lane = new HostLane(common, gate)) {
        MemorySegment page = Buffers.pattern(0, 8, 1);
        lane.write(0, List.of(page));
        boolean hostCan = gate.isOpen();
        lane.read(512, List.of(Buffers.sectors(1)));
        assertThat(gate.isOpen()).isEqualTo(hostCan);
        lane.write(512, List.of(Buffers.pattern(1, 1, 2)));
        assertThat(gate.isOpen()).isFalse();
        assertThat(gate.enter()).isFalse();
        MemorySegment back = Buffers.sectors(8);
        lane.read(0, List.of(back));
        assertThat(Buffers.same(back.asSlice(0, 512), page.asSlice(0, 512))).isTrue();
        assertThat(Buffers.same(back.asSlice(512, 512), Buffers.pattern(1, 1, 2))).isTrue();
      }
    }
  }

  @Test
  void gate_ofHostsCache_isNeverOpen() {
    try (SystemMachine machine = new SystemMachine()) {
      HostGate gate = new HostGate(machine, FileDriver.Caching.HOST);
      assertThat(gate.isOpen()).isFalse();
      assertThat(gate.enter()).isFalse();
    }
    assertThat(HostGate.isRefusal(new IOException("Invalid argument"))).isTrue();
    assertThat(HostGate.isRefusal(new IOException("Operation not supported"))).isTrue();
    assertThat(HostGate.isRefusal(new IOException("Input/output error"))).isFalse();
    assertThat(HostGate.isRefusal(new IOException())).isFalse();
  }
}
