package dev.sekiso.integration.contents;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Files of an ext2 whose blocks are pages. */
class Ext2ContentsTest extends GrowingFileContract {

  /** Bytes of a block. */
  int blockSize() {
    return PAGE;
  }

  @Override
  public StorageStack.Builder builder() {
    return combined()
        .memory("1m")
        .device("sda", combination.disk("3m"))
        .fileSystem("ext2?block_size=" + blockSize())
        .mountAt(ROOM);
  }

  @Override
  void loseMemory() throws ErrnoException {
    vfs.unmount(ROOM);
    vfs.mount("sda", ROOM, "ext2", Set.of(), "");
  }

  @Override
  void addSteps(RandomCalls calls) {
    super.addSteps(calls);
    calls.addDirectTransfers();
  }

  @Test
  void directTransfers_agreeWithCachedOnes() throws ErrnoException {
    CheckedFile file = newFile("f");
    DirectTransfers.agreeWithCached(file);
    forget();
    file.checkAll();
  }

  @Test
  void directTransfers_notAligned_areRefused() throws ErrnoException {
    DirectTransfers.refuseWhatIsNotAligned(vfs, newFile("f"));
  }

  @Test
  void directTransfers_intoHolesAndBehindTheEnd_makeTheFileGrow() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.writeDirectly(5 * PAGE, bytes(3 * PAGE, 1));
    file.checkAll();
    file.writeDirectly(2 * PAGE, bytes(PAGE, 2));
    file.checkAll();
    file.checkDirectly(0, 8 * PAGE);
    forget();
    file.checkAll();
  }
}
