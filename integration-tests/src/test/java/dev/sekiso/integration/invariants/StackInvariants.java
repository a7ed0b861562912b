package dev.sekiso.integration.invariants;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.QueueInvariants;
import dev.sekiso.filesystems.ext2.Ext2Invariants;
import dev.sekiso.filesystems.ramfs.RamInvariants;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCacheInvariants;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.Mount;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.VfsChecks;
import dev.sekiso.writeback.WritebackInvariants;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The invariants of all layers of a stack at rest: every file is closed, nothing is mapped, no call
 * is under way. It is looked at three times: as the test left it; with everything synced, when
 * nothing may be dirty any more; and with the caches dropped, when nothing may be referred to.
 *
 * <p>Layers have tasks of their own that may be writing: what is wrong has to stay so for {@link
 * #PATIENCE_ROUNDS} looks, a millisecond of the machine apart. So a task of the machine has to
 * look.
 */
public final class StackInvariants implements InvariantCheck {

  /** More than a flusher takes to write what a small cache holds. */
  private static final int PATIENCE_ROUNDS = 500;

  private static final long ROUND_NANOS = 1_000_000;

  private final StorageStack stack;

  private StackInvariants(StorageStack stack) {
    this.stack = stack;
  }

  public static InvariantCheck of(StorageStack stack) {
    return new StackInvariants(stack);
  }

  @Override
  public List<String> violations() {
    List<String> found = new ArrayList<>(atRest("as it was left", this::layers));
    try {
      stack.sync();
    } catch (ErrnoException e) {
      found.add("sync fails: " + e.getMessage());
    }
    found.addAll(atRest("synced", this::layersAndNothingDirty));
    VfsChecks.violations(stack.vfs()).forEach(violation -> found.add("vfs: " + violation));
    found.addAll(atRest("with caches dropped", this::layersAndNothingDirty));
    return found;
  }

  private List<String> atRest(String when, InvariantCheck check) {
    List<String> found = check.violations();
    for (int round = 0; round < PATIENCE_ROUNDS && !found.isEmpty(); round++) {
      stack.machine().sleep(ROUND_NANOS);
      found = check.violations();
    }
    return found.stream().map(violation -> when + ": " + violation).toList();
  }

  private List<String> layersAndNothingDirty() {
    List<String> found = layers();
    long dirty = stack.writeback().counters().nrDirty();
    if (dirty != 0) {
      found.add("writeback: " + dirty + " pages dirty");
    }
    return found;
  }

  private List<String> layers() {
    Map<String, InvariantCheck> checks = new LinkedHashMap<>();
    for (BlockDevice device : stack.devices().values()) {
      checks.put("queue " + device.name(), QueueInvariants.of(device));
    }
    List<ToIntFunction<Folio>> holders = new ArrayList<>();
    holders.add(RamInvariants::held);
    for (Mount mount : stack.vfs().mounts()) {
      SuperBlock superBlock = mount.superBlock();
      if (Ext2Invariants.isExt2(superBlock)) {
        checks.put("ext2 " + superBlock.id(), Ext2Invariants.of(superBlock));
        holders.add(Ext2Invariants.held(superBlock));
      } else if (RamInvariants.isRamfs(superBlock)) {
        checks.put("ramfs " + mount, RamInvariants.of(superBlock));
      }
    }
    checks.put("writeback", WritebackInvariants.of(stack.writeback(), stack.pageCache()));
    checks.put(
        "page cache",
        PageCacheInvariants.of(
            stack.pageCache(),
            folio -> holders.stream().mapToInt(held -> held.applyAsInt(folio)).sum()));
    List<String> found = new ArrayList<>();
    checks.forEach((name, check) ->
        check.violations().forEach(violation -> found.add(name + ": " + violation)));
    return found;
  }
}
