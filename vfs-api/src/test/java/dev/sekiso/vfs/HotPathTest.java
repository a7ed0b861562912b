package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HotPathTest extends VfsTestBase {

  private static final int READS = 100_000;

  /** Rounds until the compiler must have seen the loop. */
  private static final int MAXIMUM_ROUNDS = 50;

  @Test
  void read_ofCachedFile_allocatesNothing() throws Exception {
    runReally(() -> {
      put("/f", new byte[4096]);
      machine.sleep(20_000_000);
      OpenFile file = vfs.open("/f", OpenFlag.READ_ONLY);
      MemorySegment buffer = MemorySegment.ofArray(new byte[64]);
      vfs.pread(file, buffer, 0);
      assertThat(vfs.fstat(file).accessTime()).isGreaterThan(vfs.fstat(file).changeTime());
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      for (int round = 0; round < MAXIMUM_ROUNDS && least > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        readMany(file, buffer);
        least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / READS);
      }
      assertThat(least).as("bytes a pair of reads allocates once compiled").isZero();
      vfs.close(file);
    });
  }

  private void readMany(OpenFile file, MemorySegment buffer) throws ErrnoException {
    for (int i = 0; i < READS; i++) {
      vfs.pread(file, buffer, 5000);
      vfs.read(file, buffer);
      file.setPosition(5000);
    }
  }
}
