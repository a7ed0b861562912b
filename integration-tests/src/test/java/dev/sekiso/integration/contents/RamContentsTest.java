package dev.sekiso.integration.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFlag;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Files of a ramfs, which are in memory and nowhere else. */
class RamContentsTest extends GrowingFileContract {

  @Override
  public StorageStack.Builder builder() {
    return combined().memory("8m").mount(ROOM, "ramfs?options=size=3m");
  }

  /** There is no device to read anything from: what may be dropped is nothing of value. */
  @Override
  void loseMemory() {
    vfs.sync();
    vfs.dropCaches();
    assertThat(stack.pageCache().dropClean()).isNotNegative();
  }

  @Test
  void open_forDirectTransfers_isRefused() throws ErrnoException {
    CheckedFile file = newFile("f");
    assertErrno(Errno.EINVAL, () -> vfs.open(file.path(), OpenFlag.READ_WRITE, OpenFlag.DIRECT));
  }

  @Test
  void unmount_endsAllFiles() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(100_000, 1));
    closed(file);
    file.close();
    vfs.unmount(ROOM);
    vfs.mount("none", ROOM, "ramfs", Set.of(), "");
    assertErrno(Errno.ENOENT, () -> vfs.stat(file.path()));
    newFile("f").checkAll();
  }
}
