package dev.sekiso.integration.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.aio.AioControlBlock;
import dev.sekiso.aio.AioOperation;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a file, syncs it and reads it by POSIX asynchronous I/O, many transfers at a time. */
final class AsynchronousTransfers {

  private static final int TRANSFERS = 12;
  private static final int SIZE = 9_001;

  private final StorageStack stack;
  private final CheckedFile file;

  AsynchronousTransfers(StorageStack stack, CheckedFile file) {
    this.stack = stack;
    this.file = file;
  }

  void run() throws ErrnoException {
    PosixAio aio = stack.aio();
    try (Arena arena = Arena.ofShared()) {
      List<AioControlBlock> writes = new ArrayList<>();
      for (int i = 0; i < TRANSFERS; i++) {
        byte[] bytes = FileContentsContract.bytes(SIZE, i);
        MemorySegment memory = arena.allocate(SIZE);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        AioControlBlock write = AioControlBlock.write(file.file(), memory, (long) i * SIZE);
        aio.write(write);
        writes.add(write);
        file.written((long) i * SIZE, bytes, SIZE);
      }
      AioControlBlock sync = AioControlBlock.sync(file.file(), AioOperation.SYNC);
      aio.fsync(sync);
      await(aio, writes, SIZE);
      await(aio, List.of(sync), 0);
      file.checkAll();
      List<AioControlBlock> reads = new ArrayList<>();
      for (int i = 0; i < TRANSFERS; i++) {
        reads.add(AioControlBlock.read(file.file(), arena.allocate(SIZE), (long) i * SIZE));
      }
      aio.listAndWait(reads);
      for (AioControlBlock read : reads) {
        assertThat(aio.result(read)).isEqualTo(SIZE);
        int from = (int) read.position();
        byte[] expected = Arrays.copyOfRange(file.expected(), from, from + SIZE);
        assertThat(read.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
      }
    }
  }

  private static void await(PosixAio aio, List<AioControlBlock> blocks, int result)
      throws ErrnoException {
    for (AioControlBlock block : blocks) {
      aio.suspend(List.of(block));
      assertThat(aio.result(block)).isEqualTo(result);
    }
  }
}
