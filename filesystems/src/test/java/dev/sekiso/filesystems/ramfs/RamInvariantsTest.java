package dev.sekiso.filesystems.ramfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.pagecache.PageCacheInvariants;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SuperBlock;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is wrong with a mounted ramfs is seen, and named. */
class RamInvariantsTest {

  @Test
  void budget_thatCountsOtherwise_isSeen() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      stack.vfs.mount("none", "/", "ramfs", Set.of(), "");
      OpenFile file = stack.vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.READ_WRITE);
      stack.vfs.pwrite(file, new byte[100_000], 50_000);
      SuperBlock superBlock = stack.vfs.mounts().getFirst().superBlock();
      assertThat(RamInvariants.isRamfs(superBlock)).isTrue();
      assertThat(RamInvariants.of(superBlock).violations()).isEmpty();
      assertThat(PageCacheInvariants.of(stack.pageCache, RamInvariants::held).violations())
          .isEmpty();
      file.inode().setBlocks(file.inode().blocks() + 8);
      assertThat(RamInvariants.of(superBlock).violations())
          .singleElement()
          .asString()
          .contains("ramfs counts 25 pages");
    });
  }
}
