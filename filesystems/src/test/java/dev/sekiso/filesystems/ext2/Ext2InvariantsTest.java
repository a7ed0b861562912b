package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.filesystems.TestStack;
import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.ramfs.RamInvariants;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.pagecache.PageCacheInvariants;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SuperBlock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is wrong with a mounted ext2 is seen, and named. */
class Ext2InvariantsTest {

  private interface Planting {
    void plant(TestStack stack, SuperBlock superBlock, Volume volume) throws Exception;
  }

  private static void onVolume(Planting planting) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      TestStack stack = new TestStack(machine, TestStack.Caching.FOLIO, 512);
      Ext2Format.DEFAULT
          .withBlockSize(1024)
          .write(machine, stack.addDisk("vda", TestStack.newMedia(4 << 20)));
      stack.vfs.mount("vda", "/", "ext2", Set.of(), "");
      OpenFile file = stack.vfs.open("/f", 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
      stack.vfs.write(file, new byte[100_000]);
      stack.vfs.close(file);
      stack.vfs.mkdir("/d", 0755);
      stack.vfs.sync();
      SuperBlock superBlock = stack.vfs.mounts().getFirst().superBlock();
      assertThat(Ext2Invariants.isExt2(superBlock)).isTrue();
      assertThat(RamInvariants.isRamfs(superBlock)).isFalse();
      assertThat(violations(superBlock)).isEmpty();
      planting.plant(stack, superBlock, ((Ext2SuperOperations) superBlock.operations()).volume());
    });
  }

  private static List<String> violations(SuperBlock superBlock) {
    return Ext2Invariants.of(superBlock).violations();
  }

  @Test
  void counts_thatAreNotTheGroups_areSeen() throws Exception {
    onVolume((stack, superBlock, volume) -> {
      volume.freeBlocks().incrementAndGet();
      volume.freeInodes().incrementAndGet();
      volume.directories().incrementAndGet();
      assertThat(violations(superBlock))
          .satisfiesExactly(
              v -> assertThat(v).contains("free blocks are counted, the groups' come to"),
              v -> assertThat(v).contains("free inodes are counted, the groups' come to"),
              v -> assertThat(v).contains("4 directories are counted, the groups' come to 3"));
    });
  }

  @Test
  void bitmap_thatSaysOtherwiseThanTheDescriptor_isSeen() throws Exception {
    onVolume((stack, superBlock, volume) -> {
      volume.descriptors().changeFreeInodes(0, 1);
      volume.freeInodes().incrementAndGet();
      assertThat(violations(superBlock))
          .singleElement()
          .asString()
          .contains("free inodes of group 0 are counted, its bitmap's come to");
    });
  }

  @Test
  void metadata_thatIsFree_isSeen() throws Exception {
    onVolume((stack, superBlock, volume) -> {
      long block = volume.descriptors().blockBitmap(0);
      try (Buffer bitmap = volume.buffers().read(block)) {
        Bitmap.clear(bitmap.data(), volume.geometry().indexInGroup(block));
      }
      assertThat(violations(superBlock))
          .anySatisfy(v -> assertThat(v).contains("block " + block + " is metadata, and free"));
    });
  }

  @Test
  void pagesOfSuperBlockAndDescriptors_areHeld_noOthers() throws Exception {
    onVolume((stack, superBlock, volume) -> {
      stack.vfs.dropCaches();
      assertThat(PageCacheInvariants.of(stack.pageCache).violations()).isNotEmpty();
      assertThat(
              PageCacheInvariants.of(stack.pageCache, Ext2Invariants.held(superBlock)).violations())
          .isEmpty();
      Buffer leaked = volume.buffers().read(volume.descriptors().inodeTable(0));
      assertThat(
              PageCacheInvariants.of(stack.pageCache, Ext2Invariants.held(superBlock)).violations())
          .singleElement()
          .asString()
          .contains("references at rest");
      leaked.close();
    });
  }
}
