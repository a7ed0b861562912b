package dev.sekiso.aio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.InodeWriteback;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsServices;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What {@link PosixAio} promises on any engine and any machine. */
public abstract class PosixAioContract {

  /** A test's body, with everything it needs. */
  @FunctionalInterface
  protected interface Body {
    void run(World world) throws Exception;
  }

  /** A stack of machine, file system, VFS and engine. */
  protected static final class World {
    final Machine machine;
    final GatedFileSystem files;
    final Vfs vfs;
    final PosixAio aio;

    World(Machine machine, GatedFileSystem files, Vfs vfs, CompletionEngine engine) {
      this.machine = machine;
      this.files = files;
      this.vfs = vfs;
      this.aio = new PosixAio(machine, engine);
    }

    OpenFile open(OpenFlag... flags) throws ErrnoException {
      return vfs.open("/f", flags);
    }
  }

  /** The engine under test. */
  protected abstract CompletionEngine engine(Machine machine, Vfs vfs);

  /** Runs a body as a task of a machine. */
  protected abstract void onMachine(MachineBody body) throws Exception;

  /** What runs on a machine. */
  @FunctionalInterface
  protected interface MachineBody {
    void run(Machine machine) throws Exception;
  }

  protected final void run(Body body) throws Exception {
    onMachine(machine -> {
      GatedFileSystem files = new GatedFileSystem(machine);
      Vfs vfs = new Vfs(new VfsServices(machine, InodeWriteback.NONE));
      vfs.register(files);
      vfs.mount("gated", "/", "gated", Set.of(), "");
      World world = new World(machine, files, vfs, engine(machine, vfs));
      body.run(world);
      files.open();
      world.aio.close();
      vfs.unmountAll();
    });
  }

  protected static MemorySegment memory(int bytes, int value) {
    MemorySegment memory = Arena.ofAuto().allocate(bytes);
    return memory.fill((byte) value);
  }

  protected static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  @Test
  void write_thenRead_givesTheBytesBack() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      AioControlBlock write = AioControlBlock.write(file, memory(4096, 7), 8192);
      world.aio.write(write);
      world.aio.suspend(List.of(write));
      assertThat(world.aio.error(write)).isNull();
      assertThat(world.aio.result(write)).isEqualTo(4096);

      MemorySegment destination = memory(4096, 0);
      AioControlBlock read = AioControlBlock.read(file, destination, 8192);
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(4096);
      assertThat(destination.get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      world.vfs.close(file);
    });
  }

  @Test
  void result_canBeFetchedOnce() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
      assertErrno(Errno.EINVAL, () -> world.aio.result(read));
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(10);
      assertErrno(Errno.EINVAL, () -> world.aio.result(read));
      assertErrno(Errno.EINVAL, () -> world.aio.error(read));
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(10);
      world.vfs.close(file);
    });
  }

  @Test
  void read_atTheEnd_isShort() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      AioControlBlock read =
          AioControlBlock.read(file, memory(4096, 0), GatedFileSystem.SIZE - 100);
      AioControlBlock beyond = AioControlBlock.read(file, memory(4096, 0), GatedFileSystem.SIZE);
      world.aio.listAndWait(List.of(read, beyond));
      assertThat(world.aio.result(read)).isEqualTo(100);
      assertThat(world.aio.result(beyond)).isZero();
      world.vfs.close(file);
    });
  }

  @Test
  void failure_isTheOperationsError() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      world.files.failure = Errno.EIO;
      AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
      AioControlBlock write = AioControlBlock.write(file, memory(10, 0), 0);
      assertErrno(Errno.EIO, () -> world.aio.listAndWait(List.of(read, write)));
      assertThat(world.aio.error(read)).isEqualTo(Errno.EIO);
      assertThat(world.aio.result(read)).isEqualTo(-1);
      assertThat(world.aio.error(write)).isEqualTo(Errno.EIO);
      world.files.failure = null;
      world.vfs.close(file);
    });
  }

  @Test
  void wrongUse_isRefusedAtOnce() throws Exception {
    run(world -> {
      OpenFile reader = world.open(OpenFlag.READ_ONLY);
      OpenFile writer = world.open(OpenFlag.WRITE_ONLY);
      AioControlBlock read = AioControlBlock.read(reader, memory(10, 0), 0);
      assertErrno(Errno.EINVAL, () -> world.aio.write(read));
      assertErrno(Errno.EINVAL, () -> world.aio.fsync(read));
      assertErrno(
          Errno.EBADF, () -> world.aio.read(AioControlBlock.read(writer, memory(10, 0), 0)));
      assertErrno(
          Errno.EBADF, () -> world.aio.write(AioControlBlock.write(reader, memory(10, 0), 0)));
      assertErrno(
          Errno.EINVAL, () -> world.aio.read(AioControlBlock.read(reader, memory(10, 0), -1)));
      world.vfs.close(reader);
      world.vfs.close(writer);
    });
  }

  @Test
  void notification_comesOnceAndAfterTheStatus() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      List<Errno> seen = new ArrayList<>();
      AioControlBlock read =
          AioControlBlock.read(file, memory(10, 0), 0)
              .notifying(block -> {
                try {
                  seen.add(world.aio.error(block));
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              });
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.result(read)).isEqualTo(10);
      assertThat(seen).containsExactly((Errno) null);
      world.vfs.close(file);
    });
  }

  @Test
  void list_tellsWhenAllHaveEnded() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_WRITE);
      AtomicInteger told = new AtomicInteger();
      List<AioControlBlock> blocks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        blocks.add(AioControlBlock.write(file, memory(512, i), i * 512L));
      }
      blocks.add(AioControlBlock.noOperation(file));
      blocks.add(null);
      world.aio.list(blocks, told::incrementAndGet);
      for (AioControlBlock block : blocks.subList(0, 20)) {
        world.aio.suspend(List.of(block));
        assertThat(world.aio.result(block)).isEqualTo(512);
      }
      world.aio.close();
      assertThat(told).hasValue(1);
      world.vfs.close(file);
    });
  }

  @Test
  void close_takesNoMore() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      world.aio.close();
      assertErrno(Errno.EINVAL, () -> world.aio.read(AioControlBlock.read(file, memory(1, 0), 0)));
      world.vfs.close(file);
    });
  }

  @Test
  void cancel_ofWhatHasEnded_saysSo() throws Exception {
    run(world -> {
      OpenFile file = world.open(OpenFlag.READ_ONLY);
      AioControlBlock read = AioControlBlock.read(file, memory(10, 0), 0);
      world.aio.read(read);
      world.aio.suspend(List.of(read));
      assertThat(world.aio.cancel(read)).isEqualTo(PosixAio.Cancellation.ALL_DONE);
      assertThat(world.aio.cancel(file)).isEqualTo(PosixAio.Cancellation.ALL_DONE);
      world.vfs.close(file);
    });
  }
}
