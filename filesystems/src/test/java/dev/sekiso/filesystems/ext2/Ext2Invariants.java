package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Looks at a mounted ext2 at rest: each group's free counts are what its bitmaps say, the file
 * system's are the sums of its groups', and the bitmaps call no block free that holds metadata. It
 * reads the bitmaps, so a task of the machine has to look.
 */
public final class Ext2Invariants implements InvariantCheck {

  private final Volume volume;
  private final List<String> found = new ArrayList<>();

  private Ext2Invariants(Volume volume) {
    this.volume = volume;
  }

  /** Whether a super block is one of an ext2. */
  public static boolean isExt2(SuperBlock superBlock) {
    return superBlock.operations() instanceof Ext2SuperOperations;
  }

  public static InvariantCheck of(SuperBlock superBlock) {
    return new Ext2Invariants(((Ext2SuperOperations) superBlock.operations()).volume());
  }

  /** How often the file system holds a page as long as it is mounted. */
  public static ToIntFunction<Folio> held(SuperBlock superBlock) {
    Ext2SuperOperations operations = (Ext2SuperOperations) superBlock.operations();
    Volume volume = operations.volume();
    int shift = volume.geometry().blockShift();
    return folio ->
        folio.mapping() != operations.device().addressSpace()
            ? 0
            : (int)
                volume.held().stream()
                    .filter(buffer -> isIn(folio, buffer.block() << shift))
                    .count();
  }

  private static boolean isIn(Folio folio, long position) {
    return position >= folio.position() && position < folio.position() + folio.size();
  }

  @Override
  public synchronized List<String> violations() {
    found.clear();
    long blocks = 0;
    long inodes = 0;
    long directories = 0;
    Geometry geometry = volume.geometry();
    GroupDescriptors groups = volume.descriptors();
    for (int group = 0; group < geometry.groups(); group++) {
      blocks += groups.freeBlocks(group);
      inodes += groups.freeInodes(group);
      directories += groups.directories(group);
      try {
        checkBlocks(group);
        checkInodes(group);
      } catch (ErrnoException e) {
        found.add("the bitmaps of group " + group + " cannot be read: " + e.getMessage());
      }
    }
    expect("free blocks", volume.freeBlocks().get(), blocks, "the groups'");
    expect("free inodes", volume.freeInodes().get(), inodes, "the groups'");
    expect("directories", volume.directories().get(), directories, "the groups'");
    return List.copyOf(found);
  }

  private void checkBlocks(int group) throws ErrnoException {
    Geometry geometry = volume.geometry();
    GroupDescriptors groups = volume.descriptors();
    try (Buffer bitmap = volume.buffers().read(groups.blockBitmap(group))) {
      int free = Bitmap.countClear(bitmap.data(), geometry.blocksIn(group));
      expect("free blocks of group " + group, groups.freeBlocks(group), free, "its bitmap's");
      long first = geometry.firstBlock(group);
      for (int i = 0; i < geometry.blocksIn(group); i++) {
        if (groups.isSystemBlock(group, first + i) && !Bitmap.isSet(bitmap.data(), i)) {
          found.add(volume.superBlock().id() + ": block " + (first + i) + " is metadata, and free");
        }
      }
    }
  }

  private void checkInodes(int group) throws ErrnoException {
    try (Buffer bitmap = volume.buffers().read(volume.descriptors().inodeBitmap(group))) {
      int free = Bitmap.countClear(bitmap.data(), volume.geometry().inodesPerGroup());
      expect(
          "free inodes of group " + group,
          volume.descriptors().freeInodes(group),
          free,
          "its bitmap's");
    }
  }

  private void expect(String what, long counted, long actual, String whose) {
    if (counted != actual) {
      found.add(
          "%s: %d %s are counted, %s come to %d"
              .formatted(volume.superBlock().id(), counted, what, whose, actual));
    }
  }
}
