package dev.sekiso.writeback;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.AttributeChange;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileSystemStatus;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations;
import dev.sekiso.vfs.VfsServices;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A file system of files without names, whose device remembers one number per page and inode. */
final class TestVolume implements SuperBlockOperations {

  private static final InodeOperations NO_NAMES =
      new InodeOperations() {
        @Override
        public FileOperations fileOperations(Inode inode) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void setAttributes(Inode inode, AttributeChange change) {
          throw new UnsupportedOperationException();
        }
      };

  final Machine machine;
  final Writeback writeback;
  final PageCache pages;
  final TestDisk disk;
  final SuperBlock superBlock;
  final BackingDevice device;
  final AtomicInteger metadataWrites = new AtomicInteger();
  final AtomicReference<RuntimeException> misbehaviour = new AtomicReference<>();
  volatile Consumer<TestInode> whileWritingMetadata = inode -> {};
  volatile Errno metadataFailure;
  private final AtomicInteger metadataUnderWay = new AtomicInteger();
  private final WaitQueue metadataEnded;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Set<TestInode> files = ConcurrentHashMap.newKeySet();

  TestVolume(
      Machine machine, Writeback writeback, PageCache pages, TestDisk disk, String deviceName) {
    this(machine, writeback, pages, disk, deviceName, deviceName);
  }

  TestVolume(
      Machine machine,
      Writeback writeback,
      PageCache pages,
      TestDisk disk,
      String deviceName,
      String id) {
    this.machine = machine;
    this.writeback = writeback;
    this.pages = pages;
    this.disk = disk;
    this.metadataEnded = machine.newWaitQueue("metadata under way");
    this.device = writeback.attach(deviceName);
    MountRequest request =
        new MountRequest(deviceName, Set.of(), "", new VfsServices(machine, writeback));
    this.superBlock = new SuperBlock(new Type(), id, request, this, device, 4096, 1L << 40);
  }

  private static final class Type implements FileSystemType {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public SuperBlock mount(MountRequest request) {
      throw new UnsupportedOperationException();
    }
  }

  TestInode newFile() {
    TestInode made = new TestInode(this, numbers.incrementAndGet(), true);
    files.add(made);
    return made;
  }

  /** Gives the pages of all files back, written or not, so that their page cache can be closed. */
  void drop() {
    disk.drain();
    files.forEach(this::evict);
  }

  /** An inode without pages. */
  TestInode newBareInode() {
    return new TestInode(this, numbers.incrementAndGet(), false);
  }

  void sync() {
    writeback.startSync(superBlock);
    writeback.syncInodes(superBlock);
    sync(SyncMode.WAIT);
  }

  /** As the VFS does when an inode leaves memory. */
  void evict(TestInode inode) {
    files.remove(inode);
    writeback.inodeEvicted(inode);
    if (inode.mapping != null) {
      inode.mapping.close();
    }
  }

  @Override
  public void writeInode(Inode inode, SyncMode mode) throws ErrnoException {
    TestInode mine = (TestInode) inode;
    RuntimeException trouble = misbehaviour.get();
    if (trouble != null) {
      throw trouble;
    }
    metadataWrites.incrementAndGet();
    mine.timesWritten.incrementAndGet();
    mine.metadataWrittenAt = machine.nanoTime();
    if (metadataFailure != null) {
      throw new ErrnoException(metadataFailure, "the test wants it");
    }
    int version = mine.version.get();
    whileWritingMetadata.accept(mine);
    if (mode == SyncMode.WAIT) {
      WaitQueue done = machine.newWaitQueue("inode block");
      AtomicReference<Boolean> ended = new AtomicReference<>(false);
      AtomicReference<Errno> error = new AtomicReference<>();
      disk.write(
          () -> mine.durableVersion = Math.max(mine.durableVersion, version),
          errno -> {
            error.set(errno);
            ended.set(true);
            done.wakeAll();
          });
      done.await(ended::get);
      if (error.get() != null) {
        throw new ErrnoException(error.get(), "the disk failed");
      }
    } else {
      metadataUnderWay.incrementAndGet();
      disk.write(
          () -> mine.durableVersion = Math.max(mine.durableVersion, version),
          errno -> {
            metadataUnderWay.decrementAndGet();
            metadataEnded.wakeAll();
          });
    }
  }

  @Override
  public void evictInode(Inode inode) {}

  @Override
  public void sync(SyncMode mode) {
    if (mode == SyncMode.WAIT) {
      metadataEnded.await(() -> metadataUnderWay.get() == 0);
    }
  }

  @Override
  public FileSystemStatus status() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void remount(MountRequest request) {}

  @Override
  public void release() {
    writeback.detach(device);
  }

  /** A file; or, without pages, something that has metadata only. */
  static final class TestInode extends Inode implements AddressSpaceOwner, AddressSpaceOperations {

    final TestVolume volume;
    final AddressSpace mapping;
    final Map<Long, Long> durable = new ConcurrentHashMap<>();
    final AtomicInteger version = new AtomicInteger();
    final AtomicInteger timesWritten = new AtomicInteger();
    volatile int durableVersion;
    volatile long firstDataWriteAt = -1;
    volatile long metadataWrittenAt = -1;

    private TestInode(TestVolume volume, long number, boolean hasPages) {
      super(volume.superBlock, number, NO_NAMES);
      this.volume = volume;
      this.mapping =
          hasPages ? volume.pages.newAddressSpace(this, this, (DirtyListener) volume.device) : null;
    }

    @Override
    public AddressSpace addressSpace() {
      return mapping;
    }

    /** Stores a number into a page, as a write call does. */
    void store(long page, long value) throws ErrnoException {
      store(page, value, 0);
    }

    /** As {@link #store}; false where it would have to wait. */
    boolean tryStore(long page, long value) throws ErrnoException {
      try {
        store(page, value, AddressSpace.NO_WAIT);
        return true;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          return false;
        }
        throw e;
      }
    }

    private void store(long page, long value, int flags) throws ErrnoException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment data = arena.allocate(PageCache.PAGE_SIZE);
        data.set(ValueLayout.JAVA_LONG, 0, value);
        lock().writeLock().lock();
        try {
          mapping.write(page << PageCache.PAGE_SHIFT, data, flags);
        } finally {
          lock().writeLock().unlock();
        }
      }
    }

    /** As {@link #store}, in a task of its own, whose failure is the test's. */
    void put(long page, long value) {
      try {
        store(page, value);
      } catch (ErrnoException e) {
        throw new AssertionError(e);
      }
    }

    /** Changes the metadata; the version is what the device must hold after a sync. */
    int touch(int flags) {
      int now = version.incrementAndGet();
      markDirty(flags);
      return now;
    }

    @Override
    public void readFolio(Folio folio) {
      folio.data().fill((byte) 0);
      folio.endRead(null);
    }

    @Override
    public void writeBegin(Folio folio, long position, int bytes) {
      if (!folio.isUpToDate()) {
        folio.data().fill((byte) 0);
        folio.markUpToDate();
      }
    }

    @Override
    public void writeEnd(Folio folio, long position, int bytes, int copied) {
      folio.markDirty();
      if (position + copied > size()) {
        setSize(position + copied);
        touch(Inode.DIRTY_DATASYNC);
      }
    }

    @Override
    public void writePages(AddressSpace space, WritebackControl control) throws ErrnoException {
      space.writeDirty(
          control,
          folio -> {
            if (firstDataWriteAt < 0) {
              firstDataWriteAt = volume.machine.nanoTime();
            }
            folio.startWriteback();
            folio.unlock();
            volume.disk.write(
                () -> durable.put(folio.index(), folio.data().get(ValueLayout.JAVA_LONG, 0)),
                errno -> {
                  if (errno != null) {
                    superBlock().errors().set(errno);
                  }
                  folio.endWriteback(errno);
                });
          });
    }
  }
}
