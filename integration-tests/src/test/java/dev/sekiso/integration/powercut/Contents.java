package dev.sekiso.integration.powercut;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.Arrays;

/** What is in a file. */
final class Contents {

  private Contents() {}

  static byte[] read(Vfs vfs, String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      byte[] content = new byte[Math.toIntExact(vfs.fstat(file).size())];
      int done = 0;
      while (done < content.length) {
        byte[] piece = new byte[content.length - done];
        int count = vfs.pread(file, piece, done);
        if (count == 0) {
          break;
        }
        System.arraycopy(piece, 0, content, done, count);
        done += count;
      }
      return Arrays.copyOf(content, done);
    } finally {
      vfs.close(file);
    }
  }
}
