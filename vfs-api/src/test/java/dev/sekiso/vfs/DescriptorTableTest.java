package dev.sekiso.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ResourceLimits;
import dev.sekiso.machine.TaskContext;
import org.junit.jupiter.api.Test;

class DescriptorTableTest extends VfsTestBase {

  @Test
  void descriptors_areTheLowestFree() throws Exception {
    run(() -> {
      put("/f", "abc");
      DescriptorTable table = new DescriptorTable(vfs);
      assertThat(table.open("/f", 0)).isZero();
      assertThat(table.open("/f", 0)).isEqualTo(1);
      assertThat(table.duplicate(0)).isEqualTo(2);
      assertThat(table.get(2)).isSameAs(table.get(0));
      table.close(1);
      assertThat(table.duplicate(0)).isEqualTo(1);
      assertThat(table.duplicate(0, 7)).isEqualTo(7);
      assertThat(table.duplicate(7, 7)).isEqualTo(7);
      int fresh = table.open("/f", 0);
      assertThat(table.duplicate(fresh, 0)).isZero();
      assertThat(table.get(0)).isSameAs(table.get(fresh));
      assertErrno(Errno.EBADF, () -> table.get(50));
      assertErrno(Errno.EBADF, () -> table.close(-1));
      assertErrno(Errno.EBADF, () -> table.duplicate(50, 1));
      assertErrno(Errno.EBADF, () -> table.duplicate(0, -1));
      assertErrno(Errno.EBADF, () -> table.duplicate(0, 1 << 20));
      TaskContext.current()
          .withLimits(new ResourceLimits(Long.MAX_VALUE, 8, Long.MAX_VALUE))
          .call(() -> {
            while (table.openDescriptors().length < 8) {
              table.duplicate(0);
            }
            assertErrno(Errno.EMFILE, () -> table.duplicate(0));
            assertErrno(Errno.EMFILE, () -> table.open("/f", 0));
            assertErrno(Errno.EBADF, () -> table.duplicate(0, 8));
            return null;
          });
      assertThat(table.openDescriptors()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
      table.closeAll();
      assertThat(table.openDescriptors()).isEmpty();
    });
  }

  @Test
  void descriptorsOpen_atTheLimit_touchesNoFile() throws Exception {
    run(() -> {
      put("/f", "abc");
      DescriptorTable table = new DescriptorTable(vfs);
      TaskContext.current()
          .withLimits(new ResourceLimits(Long.MAX_VALUE, 0, Long.MAX_VALUE))
          .call(() -> {
            assertErrno(
                Errno.EMFILE, () -> table.open("/f", 0, OpenFlag.WRITE_ONLY, OpenFlag.TRUNCATE));
            assertErrno(
                Errno.EMFILE, () -> table.open("/g", 0644, OpenFlag.WRITE_ONLY, OpenFlag.CREATE));
            return null;
          });
      assertThat(text("/f")).isEqualTo("abc");
      assertErrno(Errno.ENOENT, () -> vfs.stat("/g"));
    });
  }

  @Test
  void descriptorsOpen_fails_leavesItsNumberFree() throws Exception {
    run(() -> {
      DescriptorTable table = new DescriptorTable(vfs);
      assertErrno(Errno.ENOENT, () -> table.open("/none", 0));
      assertThat(table.openDescriptors()).isEmpty();
      assertThat(table.open("/", 0)).isZero();
      table.closeAll();
    });
  }

  @Test
  void descriptor_ontoItself_isNotLimited() throws Exception {
    run(() -> {
      DescriptorTable table = new DescriptorTable(vfs);
      int descriptor = table.open("/", 0);
      TaskContext.current()
          .withLimits(new ResourceLimits(Long.MAX_VALUE, 0, Long.MAX_VALUE))
          .call(() -> {
            assertThat(table.duplicate(descriptor, descriptor)).isEqualTo(descriptor);
            return null;
          });
      table.closeAll();
    });
  }
}
