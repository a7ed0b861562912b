package dev.sekiso.integration.contents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** An open file and what must be in it. One task uses it. */
final class CheckedFile {

  private static final int ALIGNMENT = 4096;

  private final Vfs vfs;
  private String path;
  private OpenFile file;
  private byte[] expected;

  /**
   * @param expected what is in the file already
   */
  CheckedFile(Vfs vfs, String path, OpenFile file, byte[] expected) {
    this.vfs = vfs;
    this.path = path;
    this.file = file;
    this.expected = expected;
  }

  OpenFile file() {
    return file;
  }

  String path() {
    return path;
  }

  int size() {
    return expected.length;
  }

  byte[] expected() {
    return expected;
  }

  // What is known to be in the file

  /** Has been written by other means. */
  void written(long position, byte[] bytes, int count) {
    int end = (int) position + count;
    if (end > expected.length) {
      expected = Arrays.copyOf(expected, end);
    }
    System.arraycopy(bytes, 0, expected, (int) position, count);
  }

  void renamed(String newPath) {
    path = newPath;
  }

  // Calls

  void write(long position, byte[] bytes) throws ErrnoException {
    assertThat(vfs.pwrite(file, bytes, position)).as("bytes written").isEqualTo(bytes.length);
    written(position, bytes, bytes.length);
  }

  /** Through another open file, with O_DIRECT; everything aligned. */
  void writeDirectly(long position, byte[] bytes) throws ErrnoException {
    OpenFile direct = vfs.open(path, OpenFlag.READ_WRITE, OpenFlag.DIRECT);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(bytes.length, ALIGNMENT);
      MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
      assertThat(vfs.pwrite(direct, memory, position)).isEqualTo(bytes.length);
      written(position, bytes, bytes.length);
    } finally {
      vfs.close(direct);
    }
  }

  /** As {@link #check}, with O_DIRECT; everything aligned. */
  void checkDirectly(long position, int length) throws ErrnoException {
    OpenFile direct = vfs.open(path, OpenFlag.READ_ONLY, OpenFlag.DIRECT);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(length, ALIGNMENT);
      int count = vfs.pread(direct, memory, position);
      compare(position, length, memory.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
    } finally {
      vfs.close(direct);
    }
  }

  void truncate(int size) throws ErrnoException {
    vfs.ftruncate(file, size);
    expected = Arrays.copyOf(expected, size);
  }

  /** One read has to give what is there, short only at the end. */
  void check(long position, int length) throws ErrnoException {
    byte[] bytes = new byte[length];
    int count = vfs.pread(file, bytes, position);
    compare(position, length, Arrays.copyOf(bytes, count));
  }

  /** All there is, and not a byte more. */
  void checkAll() throws ErrnoException {
    check(0, expected.length + 1);
  }

  private void compare(long position, int length, byte[] found) {
    int from = (int) Math.min(position, expected.length);
    int to = (int) Math.min(position + length, expected.length);
    assertThat(found.length).as("bytes read of %s at %d", path, position).isEqualTo(to - from);
    int wrong = Arrays.mismatch(found, 0, found.length, expected, from, to);
    assertThat(wrong).as("first wrong byte of %s read at %d", path, position).isEqualTo(-1);
  }

  // Closing and opening

  void close() throws ErrnoException {
    vfs.close(file);
  }

  void reopen() throws ErrnoException {
    file = vfs.open(path, OpenFlag.READ_WRITE);
  }
}
