package dev.sekiso.aio;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.vfs.AttributeChange;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileSystemStatus;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One file {@code /f} of 64 KiB whose transfers wait until the test lets them go: at a closed gate
 * everything that may wait does, and a read that must not fails with EAGAIN.
 */
final class GatedFileSystem implements FileSystemType {

  static final int SIZE = 64 << 10;

  private final Machine machine;
  private final WaitQueue gate;
  private final byte[] content = new byte[SIZE];
  private final Set<Long> closedPositions = ConcurrentHashMap.newKeySet();

  /** What was carried out, in order. */
  final List<String> journal = Collections.synchronizedList(new ArrayList<>());

  /** Reads that were asked not to wait. */
  final AtomicInteger attempts = new AtomicInteger();

  /** What a file system with a bug throws. */
  volatile Throwable bug;

  volatile boolean closed;
  volatile Errno failure;

  GatedFileSystem(Machine machine) {
    this.machine = machine;
    this.gate = machine.newWaitQueue("gate");
  }

  void open() {
    closed = false;
    gate.wakeAll();
  }

  /** Closes the gate for transfers at one position alone. */
  void closeAt(long position) {
    closedPositions.add(position);
  }

  void openAt(long position) {
    closedPositions.remove(position);
    gate.wakeAll();
  }

  private boolean holds(long position) {
    return closed || closedPositions.contains(position);
  }

  private void pass(String what, long position) throws ErrnoException {
    gate.await(what, () -> !holds(position));
    machine.yieldProcessor();
    switch (bug) {
      case null -> {}
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      default -> throw new AssertionError("no bug throws that", bug);
    }
    if (failure != null) {
      throw new ErrnoException(failure, "as the test wished");
    }
    journal.add(what);
  }

  @Override
  public String name() {
    return "gated";
  }

  @Override
  public SuperBlock mount(MountRequest request) throws ErrnoException {
    Operations operations = new Operations();
    SuperBlock superBlock =
        new SuperBlock(this, "gated", request, operations, BackingDevice.NONE, 4096, 1L << 40);
    operations.superBlock = superBlock;
    superBlock.setRoot(superBlock.inode(1, operations::load));
    return superBlock;
  }

  private static final class GatedInode extends Inode {
    GatedInode(SuperBlock superBlock, long number, InodeOperations operations) {
      super(superBlock, number, operations);
    }
  }

  private final class Operations implements SuperBlockOperations, InodeOperations, FileOperations {
    private SuperBlock superBlock;

    Inode load(long number) {
      Inode inode = new GatedInode(superBlock, number, this);
      FileType type = number == 1 ? FileType.DIRECTORY : FileType.REGULAR;
      inode.setMode(type.modeBits() | 0777);
      inode.setLinks(number == 1 ? 2 : 1);
      inode.setSize(number == 1 ? 0 : SIZE);
      return inode;
    }

    @Override
    public Inode lookup(Inode directory, FileName name) throws ErrnoException {
      return name.toString().equals("f") ? superBlock.inode(2, this::load) : null;
    }

    @Override
    public FileOperations fileOperations(Inode inode) {
      return this;
    }

    @Override
    public int read(OpenFile file, long position, MemorySegment destination, int flags)
        throws ErrnoException {
      if ((flags & NO_WAIT) != 0) {
        attempts.incrementAndGet();
      }
      if ((flags & NO_WAIT) != 0 && holds(position)) {
        throw new ErrnoException(Errno.EAGAIN, "the gate is closed");
      }
      long size = file.inode().size();
      int length = (int) Math.min(destination.byteSize(), Math.max(0, size - position));
      if ((flags & NO_WAIT) != 0 && length > 4096 && holds(position + 4096)) {
        length = 4096;
      }
      pass("read " + position, position);
      MemorySegment.copy(MemorySegment.ofArray(content), position, destination, 0, length);
      return length;
    }

    @Override
    public int write(OpenFile file, long position, MemorySegment source, int flags)
        throws ErrnoException {
      pass("write " + source.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0), position);
      int length = (int) source.byteSize();
      MemorySegment.copy(source, 0, MemorySegment.ofArray(content), position % SIZE, length);
      if (position + length > file.inode().size()) {
        file.inode().setSize(position + length);
      }
      return length;
    }

    @Override
    public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
        throws ErrnoException {
      pass("sync " + scope, -1);
    }

    @Override
    public void setAttributes(Inode inode, AttributeChange change) {}

    @Override
    public void writeInode(Inode inode, SyncMode mode) {}

    @Override
    public void evictInode(Inode inode) {}

    @Override
    public void sync(SyncMode mode) {}

    @Override
    public FileSystemStatus status() {
      return new FileSystemStatus(0, 4096, 16, 0, 0, 2, 0, 255);
    }

    @Override
    public void remount(MountRequest request) {}

    @Override
    public void release() {}
  }
}
