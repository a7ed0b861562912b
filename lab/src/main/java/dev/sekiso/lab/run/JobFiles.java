package dev.sekiso.lab.run;

import dev.sekiso.lab.job.Job;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.SeekFrom;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes the files that jobs work on. */
final class JobFiles {

  private static final int LAYOUT_BLOCK = 1 << 20;
  private static final int PERMISSIONS = 0644;

  /** {@code POSIX_FADV_DONTNEED}. */
  private static final int DONT_NEED = 4;

  private final Vfs vfs;

  JobFiles(Vfs vfs) {
    this.vfs = vfs;
  }

  /**
   * Makes the job's files, and fills those it reads up to the size it reads. What is only written
   * is left to the job.
   */
  void layOut(Job job) throws ErrnoException {
    for (String path : job.files()) {
      if (isDevice(path)) {
        checkDevice(job, path);
        continue;
      }
      if (job.pattern().trims()) {
        throw new ErrnoException(
            Errno.EINVAL,
            "%s: rw=%s: trim only applies to block devices, and %s is none; name one, as in"
                    .formatted(job.place(), job.pattern().word(), path)
                + " filename=/dev/sdb with --set device.sdb=nvme:1g");
      }
      makeDirectories(path);
      OpenFile file = vfs.open(path, PERMISSIONS, OpenFlag.READ_WRITE, OpenFlag.CREATE);
      try {
        long wanted = job.offset() + job.fileSize();
        boolean lacks = vfs.fstat(file).size() < wanted;
        if (job.pattern().reads() && lacks) {
          fill(file, wanted, job.seed());
        }
      } finally {
        vfs.close(file);
      }
    }
  }

  private boolean isDevice(String path) throws ErrnoException {
    try {
      return vfs.stat(path).type() == FileType.BLOCK_DEVICE;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return false;
      }
      throw e;
    }
  }

  /** A device is as large as it is, and what is mounted is not to be changed under its owner. */
  private void checkDevice(Job job, String path) throws ErrnoException {
    OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
    try {
      long size = size(file);
      if (job.offset() + job.fileSize() > size) {
        throw new ErrnoException(
            Errno.EINVAL,
            "%s: %d bytes at %d are more than %s has, which is %d; make size or offset less"
                .formatted(job.place(), job.fileSize(), job.offset(), path, size));
      }
    } finally {
      vfs.close(file);
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    boolean changes = job.pattern().writes() || job.pattern().trims();
    if (changes
        && vfs.mounts().stream().anyMatch(mount -> mount.superBlock().source().equals(name))) {
      throw new ErrnoException(
          Errno.EBUSY,
          "%s: %s appears mounted; rw=%s would destroy what is on it"
              .formatted(job.place(), path, job.pattern().word()));
    }
  }

  /** Where a file or a device ends. */
  long size(OpenFile file) throws ErrnoException {
    return file.inode().type() == FileType.BLOCK_DEVICE
        ? vfs.lseek(file, 0, SeekFrom.END)
        : vfs.fstat(file).size();
  }

  /** Drops what is cached of the files, if the job says so; what is dirty is written before. */
  void invalidate(Job job) throws ErrnoException {
    if (!job.invalidate()) {
      return;
    }
    for (String path : job.files()) {
      OpenFile file = vfs.open(path, OpenFlag.READ_ONLY);
      try {
        vfs.fsync(file);
        vfs.fadvise(file, 0, 0, DONT_NEED);
      } finally {
        vfs.close(file);
      }
    }
  }

  /** Opens the job's files as it wants them. */
  List<OpenFile> open(Job job) throws ErrnoException {
    List<OpenFlag> flags = new ArrayList<>();
    boolean changes = job.pattern().writes() || job.pattern().trims();
    flags.add(changes ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY);
    if (job.pattern().writes()) {
      flags.add(OpenFlag.CREATE);
    }
    if (job.direct()) {
      flags.add(OpenFlag.DIRECT);
    }
    if (job.synchronous()) {
      flags.add(OpenFlag.SYNCHRONOUS);
    }
    List<OpenFile> files = new ArrayList<>();
    try {
      for (String path : job.files()) {
        files.add(vfs.open(path, PERMISSIONS, flags.toArray(OpenFlag[]::new)));
      }
    } catch (ErrnoException e) {
      close(files, e);
      throw e;
    }
    return files;
  }

  /** Closes all; what fails goes to the failure there is, or is thrown. */
  void close(List<OpenFile> files, ErrnoException failure) throws ErrnoException {
    ErrnoException first = failure;
    for (OpenFile file : files) {
      try {
        vfs.close(file);
      } catch (ErrnoException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (failure == null && first != null) {
      throw first;
    }
  }

  private void makeDirectories(String path) throws ErrnoException {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      try {
        vfs.mkdir(path.substring(0, slash), 0755);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  private void fill(OpenFile file, long size, long seed) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(LAYOUT_BLOCK, 4096);
      randomize(block, seed);
      for (long position = 0; position < size; ) {
        MemorySegment piece = block.asSlice(0, Math.min(LAYOUT_BLOCK, size - position));
        position += vfs.pwrite(file, piece, position);
      }
    }
  }

  static void randomize(MemorySegment memory, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long words = memory.byteSize() / Long.BYTES;
    for (long i = 0; i < words; i++) {
      memory.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
    }
  }
}
