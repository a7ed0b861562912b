package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class HotPathTest extends VfsTestBase {

  private static final int READS = 100_000;

  @Test
  void read_ofCachedFile_allocatesNothing() throws Exception {
    runReally(() -> {
      put("/f", new byte[4096]);
      machine.sleep(20_000_000);
      OpenFile file = vfs.open("/f", OpenFlag.READ_ONLY);
      MemorySegment buffer = MemorySegment.ofArray(new byte[64]);
      vfs.pread(file, buffer, 0);
      assertThat(vfs.fstat(file).accessTime()).isGreaterThan(vfs.fstat(file).changeTime());
      for (int i = 0; i < 5; i++) {
        readMany(file, buffer);
      }
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      readMany(file, buffer);
      long perRead = (threads.getCurrentThreadAllocatedBytes() - before) / READS;
      assertThat(perRead).as("bytes a read, the test file system's own left out").isZero();
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
