package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import org.junit.jupiter.api.Test;

/** Immutable and append-only files ({@code chattr +i}, {@code +a}): not even the super user may. */
class ProtectedFilesTest extends VfsTestBase {

  private static final Timestamp LONG_AGO = new Timestamp(5, 0);

  private void protect(String path, boolean immutable, boolean appendOnly) throws ErrnoException {
    MemoryStore.Node node = store().node(vfs.lstat(path).inode());
    node.immutable = immutable;
    node.appendOnly = appendOnly;
  }

  private void assertForbidden(Call call) {
    assertErrno(Errno.EPERM, call);
  }

  @Test
  void immutableFile_isReadAndNothingElse() throws Exception {
    run(() -> {
      put("/f", "abc");
      protect("/f", true, false);
      assertThat(text("/f")).isEqualTo("abc");
      assertForbidden(() -> vfs.access("/f", Vfs.MAY_WRITE));
      assertForbidden(() -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      assertForbidden(() -> vfs.open("/f", OpenFlag.TRUNCATE));
      assertForbidden(() -> vfs.truncate("/f", 0));
      assertForbidden(() -> vfs.chmod("/f", 0));
      assertForbidden(() -> vfs.chown("/f", 1, -1));
      assertForbidden(() -> vfs.utimens("/f", TimeChange.NOW, TimeChange.NOW));
      assertForbidden(() -> vfs.utimens("/f", TimeChange.to(LONG_AGO), TimeChange.OMIT));
      assertForbidden(() -> vfs.link("/f", "/g"));
      assertForbidden(() -> vfs.unlink("/f"));
      assertForbidden(() -> vfs.rename("/f", "/g"));
      put("/h", "");
      assertForbidden(() -> vfs.rename("/h", "/f"));
      protect("/f", false, false);
    });
  }

  @Test
  void appendOnlyFile_growsAtItsEndOnly() throws Exception {
    run(() -> {
      put("/f", "abc");
      protect("/f", false, true);
      assertForbidden(() -> vfs.open("/f", OpenFlag.WRITE_ONLY));
      assertForbidden(
          () -> vfs.open("/f", OpenFlag.WRITE_ONLY, OpenFlag.APPEND, OpenFlag.TRUNCATE));
      OpenFile file = vfs.open("/f", OpenFlag.READ_WRITE, OpenFlag.APPEND);
      vfs.pwrite(file, "d".getBytes(java.nio.charset.StandardCharsets.UTF_8), 0);
      assertThat(text("/f")).isEqualTo("abcd");
      assertForbidden(() -> vfs.setFlags(file, 0));
      assertForbidden(() -> vfs.ftruncate(file, 0));
      assertErrno(Errno.EACCES, () -> vfs.mmap(file, 0, 4096, 1, Sharing.SHARED));
      vfs.close(file);
      assertForbidden(() -> vfs.truncate("/f", 0));
      assertForbidden(() -> vfs.chmod("/f", 0));
      assertForbidden(() -> vfs.utimens("/f", TimeChange.to(LONG_AGO), TimeChange.OMIT));
      vfs.utimens("/f", TimeChange.NOW, TimeChange.NOW);
      vfs.chown("/f", -1, -1);
      assertForbidden(() -> vfs.link("/f", "/g"));
      assertForbidden(() -> vfs.unlink("/f"));
      assertForbidden(() -> vfs.rename("/f", "/g"));
      protect("/f", false, false);
    });
  }

  @Test
  void protectedDirectories_keepTheirNames() throws Exception {
    run(() -> {
      vfs.mkdir("/d", 0755);
      put("/d/f", "abc");
      put("/g", "");
      protect("/d", true, false);
      assertForbidden(() -> vfs.mkdir("/d/e", 0755));
      assertForbidden(() -> vfs.open("/d/e", 0644, OpenFlag.CREATE));
      assertForbidden(() -> vfs.link("/g", "/d/g"));
      assertForbidden(() -> vfs.unlink("/d/f"));
      assertForbidden(() -> vfs.rename("/g", "/d/g"));
      put("/d/f", "changed");
      protect("/d", false, true);
      put("/d/e", "");
      vfs.link("/g", "/d/g");
      assertForbidden(() -> vfs.unlink("/d/f"));
      assertForbidden(() -> vfs.rename("/d/f", "/f"));
      protect("/d", false, false);
    });
  }
}
