package dev.sekiso.integration.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import org.junit.jupiter.api.Test;

/** Block devices as files: as large as they are, for ever. */
class BlockDeviceContentsTest extends FileContentsContract {

  private static final int SIZE = 2 << 20;
  private int devices;

  @Override
  public StorageStack.Builder builder() {
    return combined()
        .memory("1m")
        .device("sda", combination.disk("2m"))
        .device("sdb", combination.disk("2m"))
        .device("sdc", combination.disk("2m"))
        .fileSystem("none");
  }

  @Override
  CheckedFile newFile(String name) throws ErrnoException {
    String path = "/dev/sd" + (char) ('a' + devices++);
    return opened(path, vfs.open(path, OpenFlag.READ_WRITE), new byte[SIZE]);
  }

  /** The last one who closes a device has its pages written and dropped. */
  @Override
  void loseMemory() {
    vfs.dropCaches();
  }

  @Override
  void addSteps(RandomCalls calls) {
    calls.addDirectTransfers();
  }

  @Test
  void directTransfers_agreeWithCachedOnes() throws ErrnoException {
    DirectTransfers.agreeWithCached(newFile("f"));
    forget();
  }

  @Test
  void directTransfers_notAligned_areRefused() throws ErrnoException {
    DirectTransfers.refuseWhatIsNotAligned(vfs, newFile("f"));
  }

  @Test
  void write_acrossTheEnd_isShort_andBehindIt_isRefused() throws ErrnoException {
    CheckedFile file = newFile("f");
    byte[] bytes = bytes(10_000, 1);
    assertThat(vfs.pwrite(file.file(), bytes, SIZE - 6_000)).isEqualTo(6_000);
    file.written(SIZE - 6_000, bytes, 6_000);
    file.checkAll();
    assertErrno(Errno.ENOSPC, () -> vfs.pwrite(file.file(), bytes, SIZE));
    assertErrno(Errno.ENOSPC, () -> vfs.pwrite(file.file(), bytes, SIZE + 5_000));
    forget();
    file.checkAll();
  }

  @Test
  void append_isNoAffairOfADevice() throws ErrnoException {
    CheckedFile file = newFile("f");
    OpenFile appending = vfs.open(file.path(), OpenFlag.WRITE_ONLY, OpenFlag.APPEND);
    for (int i = 0; i < 2; i++) {
      byte[] bytes = bytes(10_000, i);
      assertThat(vfs.write(appending, bytes)).isEqualTo(bytes.length);
      file.written(10_000L * i, bytes, bytes.length);
    }
    byte[] bytes = bytes(5_000, 2);
    assertThat(vfs.pwrite(appending, bytes, 300_000)).isEqualTo(bytes.length);
    file.written(300_000, bytes, bytes.length);
    vfs.close(appending);
    file.checkAll();
  }

  @Test
  void seek_behindTheEnd_isRefused() throws ErrnoException {
    CheckedFile file = newFile("f");
    assertThat(vfs.lseek(file.file(), -5, SeekFrom.END)).isEqualTo(SIZE - 5);
    assertThat(vfs.lseek(file.file(), SIZE, SeekFrom.START)).isEqualTo(SIZE);
    assertErrno(Errno.EINVAL, () -> vfs.lseek(file.file(), 1, SeekFrom.END));
    assertThat(vfs.lseek(file.file(), 7, SeekFrom.DATA)).isEqualTo(7);
    assertThat(vfs.lseek(file.file(), 7, SeekFrom.HOLE)).isEqualTo(SIZE);
    assertErrno(Errno.ENXIO, () -> vfs.lseek(file.file(), SIZE, SeekFrom.DATA));
  }

  @Test
  void truncate_isRefused() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(0, bytes(10_000, 2));
    assertErrno(Errno.EINVAL, () -> vfs.ftruncate(file.file(), 5_000));
    assertErrno(Errno.EINVAL, () -> vfs.truncate(file.path(), 5_000));
    file.checkAll();
  }

  @Test
  void contents_areTheDevices_whateverTheNameIs() throws ErrnoException {
    CheckedFile file = newFile("f");
    file.write(5_000, bytes(50_000, 3));
    vfs.link(file.path(), "/dev/other");
    vfs.rename(file.path(), "/dev/moved");
    vfs.unlink("/dev/moved");
    file.checkAll();
    file.renamed("/dev/other");
    forget();
    file.checkAll();
  }
}
