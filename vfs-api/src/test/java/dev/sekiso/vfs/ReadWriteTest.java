package dev.sekiso.vfs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.ResourceLimits;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReadWriteTest extends VfsTestBase {

  private VfsSettings settings = VfsSettings.DEFAULT;

  @Override
  protected FileSystemUnderTest newFileSystem(Machine onMachine, Room room) {
    return new MemoryFileSystemUnderTest(onMachine, settings);
  }

  private static MemorySegment segment(String text) {
    return MemorySegment.ofArray(text.getBytes(UTF_8));
  }

  @Test
  void position_movesWithReadAndWriteOnly() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.write(file, "abcdef".getBytes(UTF_8));
      assertThat(file.position()).isEqualTo(6);
      vfs.pwrite(file, "X".getBytes(UTF_8), 0);
      assertThat(file.position()).isEqualTo(6);
      assertThat(vfs.lseek(file, 1, SeekFrom.START)).isEqualTo(1);
      byte[] two = new byte[2];
      assertThat(vfs.read(file, two)).isEqualTo(2);
      assertThat(new String(two, UTF_8)).isEqualTo("bc");
      vfs.pread(file, two, 0);
      assertThat(new String(two, UTF_8)).isEqualTo("Xb");
      assertThat(file.position()).isEqualTo(3);
      ByteBuffer buffer = ByteBuffer.allocate(10).position(4);
      assertThat(vfs.read(file, buffer)).isEqualTo(3);
      assertThat(buffer.position()).isEqualTo(7);
      ByteBuffer out = ByteBuffer.wrap("123".getBytes(UTF_8)).position(1);
      assertThat(vfs.write(file, out)).isEqualTo(2);
      assertThat(out.hasRemaining()).isFalse();
      vfs.close(file);
      assertThat(text("/f")).isEqualTo("Xbcdef23");
    });
  }

  @Test
  void duplicates_shareThePosition() throws Exception {
    run(() -> {
      put("/f", "abcdef");
      OpenFile file = vfs.open("/f");
      OpenFile same = vfs.duplicate(file);
      vfs.read(file, new byte[2]);
      vfs.close(file);
      byte[] one = new byte[1];
      vfs.read(same, one);
      assertThat(one[0]).isEqualTo((byte) 'c');
      vfs.close(same);
      assertErrno(Errno.EBADF, () -> vfs.duplicate(same));
    });
  }

  @Test
  void accessMode_binds() throws Exception {
    run(() -> {
      put("/f", "x");
      OpenFile reader = vfs.open("/f", OpenFlag.READ_ONLY);
      OpenFile writer = vfs.open("/f", OpenFlag.WRITE_ONLY);
      assertErrno(Errno.EBADF, () -> vfs.write(reader, new byte[1]));
      assertErrno(Errno.EBADF, () -> vfs.read(writer, new byte[1]));
      assertErrno(Errno.EINVAL, () -> vfs.ftruncate(reader, 0));
      assertErrno(Errno.EBADF, () -> vfs.fallocate(reader, 0, 0, 1));
      assertErrno(Errno.EBADF, () -> vfs.readahead(writer, 0, 1));
      vfs.close(reader);
      vfs.close(writer);
      OpenFile directory = vfs.open("/", OpenFlag.DIRECTORY);
      assertErrno(Errno.EISDIR, () -> vfs.read(directory, new byte[1]));
      assertErrno(Errno.EBADF, () -> vfs.write(directory, new byte[1]));
      vfs.close(directory);
    });
  }

  @Test
  void ranges_outsideAFile_fail() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      byte[] one = new byte[1];
      assertErrno(Errno.EINVAL, () -> vfs.pread(file, one, -1));
      assertErrno(Errno.EINVAL, () -> vfs.pwrite(file, one, -1));
      assertErrno(Errno.EINVAL, () -> vfs.pread(file, one, Long.MAX_VALUE));
      assertErrno(Errno.EINVAL, () -> vfs.pwrite(file, one, Long.MAX_VALUE));
      assertErrno(Errno.EINVAL, () -> vfs.ftruncate(file, -1));
      assertErrno(Errno.EINVAL, () -> vfs.truncate("/f", -1));
      assertErrno(Errno.EINVAL, () -> vfs.lseek(file, -1, SeekFrom.START));
      assertErrno(Errno.EINVAL, () -> vfs.lseek(file, -1, SeekFrom.CURRENT));
      assertErrno(Errno.EINVAL, () -> vfs.lseek(file, Long.MAX_VALUE, SeekFrom.END));
      assertErrno(Errno.EINVAL, () -> vfs.lseek(file, Long.MAX_VALUE, SeekFrom.START));
      assertThat(vfs.pwrite(file, new byte[0], 5)).isZero();
      assertThat(vfs.fstat(file).size()).isZero();
      vfs.close(file);
    });
  }

  @Test
  void errors_ofPositionAndMode_comeInLinuxsOrder() throws Exception {
    run(() -> {
      put("/f", "abc");
      OpenFile writer = vfs.open("/f", OpenFlag.WRITE_ONLY);
      OpenFile reader = vfs.open("/f");
      MemorySegment[] tooMany = new MemorySegment[1025];
      Arrays.fill(tooMany, segment("x"));
      MemorySegment[] two = {segment("x"), segment("y")};
      assertErrno(Errno.EINVAL, () -> vfs.pread(writer, new byte[1], -1));
      assertErrno(Errno.EINVAL, () -> vfs.pwrite(reader, new byte[1], -1));
      assertErrno(Errno.EINVAL, () -> vfs.preadv2(writer, two, -2, 0));
      assertErrno(Errno.EBADF, () -> vfs.pread(writer, new byte[1], Long.MAX_VALUE));
      assertErrno(Errno.EBADF, () -> vfs.preadv2(writer, tooMany, 0, 0));
      assertErrno(Errno.EBADF, () -> vfs.pwritev2(reader, tooMany, 0, 0));
      assertErrno(Errno.EINVAL, () -> vfs.preadv2(reader, two, Long.MAX_VALUE - 1, 0));
      assertErrno(Errno.ENOTDIR, () -> vfs.getdents(writer, 1));
      vfs.close(writer);
      vfs.close(reader);
      assertErrno(Errno.EBADF, () -> vfs.ftruncate(writer, 0));
      assertErrno(Errno.EBADF, () -> vfs.getdents(reader, 0));
      assertThat(text("/f")).isEqualTo("abc");
    });
  }

  @Test
  void vectors_areOneTransfer() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      assertThat(vfs.writev(file, segment("ab"), segment(""), segment("cde"))).isEqualTo(5);
      assertThat(file.position()).isEqualTo(5);
      MemorySegment[] more = {segment("XY"), segment("Z")};
      assertThat(vfs.pwritev2(file, more, 1, 0)).isEqualTo(3);
      assertThat(vfs.pwritev2(file, more, 0, TransferFlags.APPEND)).isEqualTo(3);
      assertThat(text("/f")).isEqualTo("aXYZeXYZ");
      byte[] one = new byte[3];
      byte[] two = new byte[20];
      MemorySegment[] into = {MemorySegment.ofArray(one), MemorySegment.ofArray(two)};
      assertThat(vfs.preadv2(file, into, 0, 0)).isEqualTo(8);
      assertThat(new String(one, UTF_8) + new String(two, 0, 5, UTF_8)).isEqualTo("aXYZeXYZ");
      vfs.lseek(file, 6, SeekFrom.START);
      assertThat(vfs.readv(file, into)).isEqualTo(2);
      assertThat(file.position()).isEqualTo(8);
      assertErrno(Errno.EOPNOTSUPP, () -> vfs.preadv2(file, into, 0, 1 << 9));
      MemorySegment[] tooMany = new MemorySegment[1025];
      Arrays.fill(tooMany, MemorySegment.ofArray(one));
      assertErrno(Errno.EINVAL, () -> vfs.preadv2(file, tooMany, 0, 0));
      assertErrno(Errno.EINVAL, () -> vfs.pwritev2(file, tooMany, 0, 0));
      vfs.close(file);
    });
  }

  @Test
  void noWait_lockHeld_failsWithEagain() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      MemorySegment[] data = {segment("x")};
      file.inode().lock().writeLock().lock();
      dev.sekiso.machine.Task other =
          machine.spawn(
              "other",
              dev.sekiso.machine.TaskKind.USER,
              () ->
                  assertErrno(
                      Errno.EAGAIN, () -> vfs.pwritev2(file, data, 0, TransferFlags.NO_WAIT)));
      other.join();
      file.inode().lock().writeLock().unlock();
      assertThat(vfs.pwritev2(file, data, 0, TransferFlags.NO_WAIT)).isEqualTo(1);
      vfs.close(file);
    });
  }

  private static void limited(long bytes, Call call) throws ErrnoException {
    TaskContext.current()
        .withLimits(ResourceLimits.UNLIMITED.withFileSize(bytes))
        .call(() -> {
          call.run();
          return null;
        });
  }

  @Test
  void fileSizeLimit_cutsThenRefuses() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      limited(
          1000,
          () -> {
            assertThat(vfs.write(file, new byte[600])).isEqualTo(600);
            assertThat(vfs.write(file, new byte[600])).isEqualTo(400);
            assertErrno(Errno.EFBIG, () -> vfs.write(file, new byte[1]));
            assertThat(vfs.write(file, new byte[0])).isZero();
            assertThat(vfs.pwrite(file, new byte[10], 995)).isEqualTo(5);
            assertErrno(Errno.EFBIG, () -> vfs.ftruncate(file, 1001));
            assertErrno(Errno.EFBIG, () -> vfs.truncate("/f", 1001));
            assertErrno(Errno.EOPNOTSUPP, () -> vfs.fallocate(file, 0, 0, 1001));
            store().allocates = true;
            assertErrno(Errno.EFBIG, () -> vfs.fallocate(file, 0, 0, 1001));
            vfs.fallocate(file, 1, 0, 1001);
            assertThat(store().log).contains("fallocate 1 0 1001");
            vfs.ftruncate(file, 900);
            try {
              vfs.pwrite(file, new byte[1], 1000);
            } catch (ErrnoException e) {
              assertThat(e).hasMessageContaining("SIGXFSZ").hasMessageContaining("RLIMIT_FSIZE");
            }
          });
      vfs.ftruncate(file, 2000);
      limited(1000, () -> vfs.ftruncate(file, 1500));
      assertThat(vfs.fstat(file).size()).isEqualTo(1500);
      vfs.close(file);
    });
  }

  @Test
  void largeFile_needsItsFlagIn32BitPrograms() throws Exception {
    settings = VfsSettings.DEFAULT.withWordSize(VfsSettings.WordSize.BITS_32);
    run(() -> {
      long limit = (1L << 31) - 1;
      OpenFile small = create("/f");
      assertThat(vfs.pwrite(small, new byte[10], limit - 4)).isEqualTo(4);
      assertErrno(Errno.EFBIG, () -> vfs.pwrite(small, new byte[1], limit));
      assertErrno(Errno.EINVAL, () -> vfs.ftruncate(small, limit + 1));
      OpenFile large = vfs.open("/f", OpenFlag.READ_WRITE, OpenFlag.LARGE_FILE);
      assertThat(vfs.pwrite(large, new byte[1], limit)).isEqualTo(1);
      assertErrno(Errno.EOVERFLOW, () -> vfs.open("/f"));
      vfs.close(small);
      vfs.close(large);
    });
  }

  @Test
  void write_byOrdinaryUser_dropsSetIdBits() throws Exception {
    run(() -> {
      put("/f", "x");
      vfs.chown("/f", 1000, 100);
      vfs.chmod("/f", 06777);
      OpenFile file = vfs.open("/f", OpenFlag.READ_WRITE);
      vfs.write(file, "y".getBytes(UTF_8));
      assertThat(vfs.stat("/f").permissions()).as("written by root").isEqualTo(06777);
      as(1000, 100, () -> vfs.pwrite(file, new byte[0], 0));
      assertThat(vfs.stat("/f").permissions()).as("nothing written").isEqualTo(06777);
      as(1000, 100, () -> vfs.pwrite(file, new byte[1], 0));
      assertThat(vfs.stat("/f").permissions()).isEqualTo(0777);
      vfs.chmod("/f", 06767);
      as(1000, 100, () -> vfs.truncate("/f", 3));
      assertThat(vfs.stat("/f").permissions())
          .as("set-group-ID without group execution stays for members")
          .isEqualTo(02767);
      vfs.close(file);
    });
  }

  @Test
  void seek_dataAndHole_withoutKnowledgeOfHoles() throws Exception {
    run(() -> {
      put("/f", "12345");
      OpenFile file = vfs.open("/f");
      assertThat(vfs.lseek(file, 2, SeekFrom.DATA)).isEqualTo(2);
      assertThat(vfs.lseek(file, 2, SeekFrom.HOLE)).isEqualTo(5);
      assertErrno(Errno.ENXIO, () -> vfs.lseek(file, 5, SeekFrom.DATA));
      assertErrno(Errno.ENXIO, () -> vfs.lseek(file, 5, SeekFrom.HOLE));
      assertErrno(Errno.ENXIO, () -> vfs.lseek(file, -1, SeekFrom.DATA));
      assertThat(vfs.lseek(file, -2, SeekFrom.END)).isEqualTo(3);
      assertThat(vfs.lseek(file, 1, SeekFrom.CURRENT)).isEqualTo(4);
      assertThat(vfs.lseek(file, 100, SeekFrom.START)).isEqualTo(100);
      assertThat(vfs.read(file, new byte[1])).isZero();
      vfs.close(file);
    });
  }

  @Test
  void adviceAndSpace_checkTheirArguments() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      OpenFile directory = vfs.open("/", OpenFlag.DIRECTORY);
      vfs.fadvise(file, 0, 0, 3);
      assertErrno(Errno.EINVAL, () -> vfs.fadvise(file, 0, -1, 0));
      assertErrno(Errno.EINVAL, () -> vfs.fadvise(file, 0, 0, 6));
      assertErrno(Errno.EINVAL, () -> vfs.fadvise(file, 0, 0, -1));
      assertErrno(Errno.EINVAL, () -> vfs.readahead(directory, 0, 1));
      vfs.close(directory);
      vfs.close(file);
    });
  }

  /** The order of {@code vfs_fallocate}: whoever breaks several rules hears of the first. */
  @Test
  void fallocate_checksInLinuxsOrder() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      OpenFile reader = vfs.open("/f");
      OpenFile directory = vfs.open("/", OpenFlag.DIRECTORY);
      OpenFile place = vfs.open("/f", OpenFlag.PATH);
      assertErrno(Errno.EBADF, () -> vfs.fallocate(place, 0x100, -1, 0));
      assertErrno(Errno.EINVAL, () -> vfs.fallocate(reader, 0x100, -1, 1));
      assertErrno(Errno.EINVAL, () -> vfs.fallocate(reader, 0x100, 0, 0));
      for (int mode : new int[] {0x100, 0x02, 0x13, 0x09, 0x21, 0x81, 0x50, 0x04, 0x18, 0x12}) {
        assertErrno(Errno.EOPNOTSUPP, () -> vfs.fallocate(reader, mode, Long.MAX_VALUE, 1));
      }
      for (int mode : new int[] {0, 0x01, 0x03, 0x08, 0x10, 0x11, 0x20, 0x40, 0x41, 0x80}) {
        assertErrno(Errno.EBADF, () -> vfs.fallocate(reader, mode, Long.MAX_VALUE, 1));
        assertErrno(Errno.EBADF, () -> vfs.fallocate(directory, mode, 0, 1));
        assertErrno(Errno.EFBIG, () -> vfs.fallocate(file, mode, Long.MAX_VALUE, 1));
        assertErrno(
            Errno.EFBIG, () -> vfs.fallocate(file, mode, superBlock().maximumFileSize(), 1));
        assertErrno(Errno.EOPNOTSUPP, () -> vfs.fallocate(file, mode, 0, 1));
      }
      store().allocates = true;
      vfs.fallocate(file, 0x03, 4, 5);
      assertThat(store().log).contains("fallocate 3 4 5");
      vfs.close(place);
      vfs.close(directory);
      vfs.close(reader);
      vfs.close(file);
      assertErrno(Errno.EBADF, () -> vfs.fallocate(file, 0, -1, 1));
    });
  }

  /** What cannot be done does not wait for it, either. */
  @Test
  void fallocate_unsupportedOnFrozenFileSystem_failsAtOnce() throws Exception {
    run(() -> {
      OpenFile file = create("/f");
      vfs.freeze(file);
      assertErrno(Errno.EOPNOTSUPP, () -> vfs.fallocate(file, 0, 0, 1));
      vfs.thaw(file);
      vfs.close(file);
    });
  }

  @Test
  void callTime_isChargedInVirtualTime() throws Exception {
    settings = VfsSettings.DEFAULT.withCallNanos(150);
    run(() -> {
      put("/f", "x");
      OpenFile file = vfs.open("/f");
      long before = machine.nanoTime();
      vfs.pread(file, new byte[1], 0);
      vfs.fstat(file);
      assertThat(machine.nanoTime() - before).isEqualTo(300);
      vfs.close(file);
    });
  }

  @Test
  void mounted_synchronously_everyWriteSyncs() throws Exception {
    run(() -> {
      vfs.remount("/", Set.of(MountFlag.SYNCHRONOUS), "");
      OpenFile file = create("/f");
      vfs.write(file, new byte[10]);
      assertThat(store().log).contains("fsync " + file.inode().number() + " 0-9 DATA");
      vfs.close(file);
    });
  }
}
