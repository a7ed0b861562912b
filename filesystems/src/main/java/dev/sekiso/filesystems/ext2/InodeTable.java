package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.machine.ErrnoException;

/** The inodes on the device: where each lies, reading it in, writing it out. */
final class InodeTable {

  private final Volume volume;
  private final Geometry geometry;

  InodeTable(Volume volume) {
    this.volume = volume;
    this.geometry = volume.geometry();
  }

  /** An inode's bytes, held in memory until closed. */
  record Place(Buffer buffer, RawInode raw) implements AutoCloseable {
    @Override
    public void close() {
      buffer.close();
    }
  }

  /**
   * Where an inode lies ({@code ext2_get_inode}).
   *
   * @throws ErrnoException EUCLEAN for a number that does not exist or is reserved, EIO
   */
  Place place(long number) throws ErrnoException {
    if ((number != Geometry.ROOT_INODE && number < geometry.firstInode())
        || number > geometry.inodes()) {
      throw volume.corrupt(
          "inode %d is referred to and is reserved or does not exist".formatted(number));
    }
    int group = geometry.groupOfInode(number);
    int index = geometry.inodeIndexInGroup(number);
    long block = volume.descriptors().inodeTable(group) + index / geometry.inodesPerBlock();
    long offset = (long) (index % geometry.inodesPerBlock()) * geometry.inodeSize();
    Buffer buffer = volume.buffers().read(block);
    return new Place(buffer, new RawInode(buffer.data().asSlice(offset, geometry.inodeSize())));
  }

  /** Copies an inode into the table's memory, which becomes dirty if anything differs. */
  void store(Ext2Inode inode) throws ErrnoException {
    try (Place place = place(inode.number())) {
      store(inode, place);
    }
  }

  private void store(Ext2Inode inode, Place place) {
    if (inode.difference(place.raw()) != Ext2Inode.Difference.NONE) {
      put(inode, place);
    }
  }

  private void put(Ext2Inode inode, Place place) {
    if (inode.isRegularFile() && inode.size() > Integer.MAX_VALUE) {
      volume.noteLargeFile();
    }
    inode.store(place.raw());
    place.buffer().markDirty();
  }

  /** Copies an inode into the table and writes its block if it is dirty. */
  void write(Ext2Inode inode) throws ErrnoException {
    try (Place place = place(inode.number())) {
      store(inode, place);
      place.buffer().write();
    }
  }

  /** As {@link #write}, but leaves times alone that nothing else asks to be written. */
  void writeEssentials(Ext2Inode inode) throws ErrnoException {
    try (Place place = place(inode.number())) {
      if (inode.difference(place.raw()) == Ext2Inode.Difference.MORE) {
        put(inode, place);
      }
      place.buffer().write();
    }
  }
}
