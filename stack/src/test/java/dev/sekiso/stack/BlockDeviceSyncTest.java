package dev.sekiso.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import org.junit.jupiter.api.Test;

/** {@code sync} and the page caches of block devices that are open and not mounted. */
class BlockDeviceSyncTest {

  @Test
  void sync_ofADeviceThatIsOnlyOpen_writesItsPagesItself() throws Exception {
    StorageStack.builder()
        .simulated(1)
        .device("ram:1m")
        .memory("4m")
        .mount("/", "ramfs")
        // Nobody else writes, so what is clean afterwards was written by sync.
        .flusher("manual")
        .run(stack -> {
          Vfs vfs = stack.vfs();
          OpenFile device = vfs.open("/dev/sda", OpenFlag.READ_WRITE);
          vfs.pwrite(device, new byte[12_288], 0);
          assertThat(stack.writeback().counters().nrDirty()).isEqualTo(3);
          vfs.sync();
          assertThat(stack.writeback().counters().nrDirty()).isZero();
          vfs.close(device);
          return null;
        });
  }
}
