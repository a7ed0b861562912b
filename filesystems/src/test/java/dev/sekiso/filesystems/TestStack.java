package dev.sekiso.filesystems;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.filesystems.bdev.BlockDeviceTable;
import dev.sekiso.filesystems.ext2.Ext2FileSystem;
import dev.sekiso.filesystems.ramfs.RamFileSystem;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.pagecache.PassThroughPageCache;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsServices;
import dev.sekiso.vfs.VfsSettings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** File systems, page cache and one or more devices, put together by hand on one machine. */
public final class TestStack implements AutoCloseable {

  /** Which page cache. */
  public enum Caching {
    FOLIO,
    PASS_THROUGH
  }

  private static final int CHUNK = 1 << 20;

  public final Machine machine;
  public final PageCache pageCache;
  public final BlockDeviceTable table = new BlockDeviceTable();
  public final BlockDeviceFileSystem devices;
  public final TestWriteback writeback = new TestWriteback();
  public final Vfs vfs;

  public TestStack(Machine machine, Caching caching, int pages) {
    this(machine, caching, pages, VfsSettings.DEFAULT);
  }

  public TestStack(Machine machine, Caching caching, int pages, VfsSettings settings) {
    this.machine = machine;
    PageCacheSettings cacheSettings = PageCacheSettings.ofPages(pages);
    this.pageCache =
        caching == Caching.FOLIO
            ? new FolioPageCache(machine, cacheSettings)
            : new PassThroughPageCache(machine, cacheSettings);
    this.devices = new BlockDeviceFileSystem(table, pageCache);
    this.vfs = new Vfs(new VfsServices(machine, writeback, settings), devices);
    vfs.register(devices);
    vfs.register(new Ext2FileSystem(devices));
    vfs.register(new RamFileSystem(pageCache));
  }

  /** A device over media, under a name. */
  public BlockDevice addDisk(String name, Media media) {
    return add(newDisk(machine, name, media));
  }

  public BlockDevice add(BlockDevice device) {
    table.add(device);
    return device;
  }

  /** A device over media that belongs to no stack. */
  public static BlockDevice newDisk(Machine machine, String name, Media media) {
    return new RequestQueue(machine, name, new RamDriver(media), host -> new NoneScheduler());
  }

  public static Media newMedia(long bytes) {
    return new Media(bytes >> Bio.SECTOR_SHIFT);
  }

  /** Media with a file's content. */
  public static Media load(Path image) throws IOException {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      long size = channel.size() & -Bio.SECTOR_SIZE;
      Media media = newMedia(size);
      MemorySegment chunk = arena.allocate(CHUNK, 4096);
      for (long at = 0; at < size; at += CHUNK) {
        int length = (int) Math.min(CHUNK, size - at);
        ByteBuffer buffer = chunk.asSlice(0, length).asByteBuffer();
        while (buffer.hasRemaining()) {
          channel.read(buffer, at + buffer.position());
        }
        writeNonZero(media, at, chunk.asSlice(0, length));
      }
      return media;
    }
  }

  private static void writeNonZero(Media media, long at, MemorySegment chunk) {
    if (!isZero(chunk)) {
      media.write(at >> Bio.SECTOR_SHIFT, chunk);
    }
  }

  private static boolean isZero(MemorySegment chunk) {
    for (long i = 0; i < chunk.byteSize(); i += 8) {
      if (chunk.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Writes media to a sparse file. */
  public static Path save(Media media, Path image) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                image,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      long size = media.sectors() << Bio.SECTOR_SHIFT;
      MemorySegment chunk = arena.allocate(CHUNK, 4096);
      for (long at = 0; at < size; at += CHUNK) {
        int length = (int) Math.min(CHUNK, size - at);
        media.read(at >> Bio.SECTOR_SHIFT, chunk.asSlice(0, length));
        boolean last = at + length == size;
        if (last || !isZero(chunk.asSlice(0, length))) {
          ByteBuffer buffer = chunk.asSlice(0, length).asByteBuffer();
          while (buffer.hasRemaining()) {
            channel.write(buffer, at + buffer.position());
          }
        }
      }
    }
    return image;
  }

  @Override
  public void close() throws ErrnoException {
    vfs.unmountAll();
    pageCache.close();
  }
}
