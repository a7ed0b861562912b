package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Looks at a mounted ramfs at rest: its budgets count the inodes and pages there are. */
public final class RamInvariants implements InvariantCheck {

  private static final int UNITS_PER_PAGE = 8;

  private final SuperBlock superBlock;

  private RamInvariants(SuperBlock superBlock) {
    this.superBlock = superBlock;
  }

  /** Whether a super block is one of a ramfs. */
  public static boolean isRamfs(SuperBlock superBlock) {
    return superBlock.operations() instanceof RamVolume;
  }

  public static InvariantCheck of(SuperBlock superBlock) {
    return new RamInvariants(superBlock);
  }

  /** How often a ramfs holds a page. */
  public static int held(Folio folio) {
    return RamInode.isPinned(folio) ? 1 : 0;
  }

  @Override
  public List<String> violations() {
    RamVolume volume = (RamVolume) superBlock.operations();
    AtomicLong inodes = new AtomicLong();
    AtomicLong units = new AtomicLong();
    superBlock.forEachInode(inode -> {
      inodes.incrementAndGet();
      units.addAndGet(inode.blocks());
    });
    List<String> found = new ArrayList<>();
    if (volume.inodesUsed() != inodes.get()) {
      found.add("ramfs counts %d inodes and has %d".formatted(volume.inodesUsed(), inodes.get()));
    }
    if (volume.pagesUsed() * UNITS_PER_PAGE != units.get()) {
      found.add(
          "ramfs counts %d pages, its files have %d blocks of 512 bytes"
              .formatted(volume.pagesUsed(), units.get()));
    }
    return found;
  }
}
