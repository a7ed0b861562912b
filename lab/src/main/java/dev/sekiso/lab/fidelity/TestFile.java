package dev.sekiso.lab.fidelity;

import dev.sekiso.filesystems.block.BlockMappedOperations;
import dev.sekiso.filesystems.block.PagedFileOperations.Opened;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.stack.StorageStack;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.OpenFlag;
import dev.sekiso.vfs.Vfs;
import java.util.BitSet;

/** The file that is looked at: held open from outside, as the recorder held it. */
final class TestFile implements AutoCloseable {

  private final Vfs vfs;
  private final OpenFile file;
  private final AddressSpace pages;
  private FileBlocks blocks = FileBlocks.NONE;

  TestFile(StorageStack stack) throws ErrnoException {
    vfs = stack.vfs();
    file = vfs.open(RecordedStack.TEST_FILE, OpenFlag.READ_ONLY);
    pages = ((Opened) file.attachment()).owner().addressSpace();
    readMap();
  }

  /** Asks where the file lies now; brings in what is needed to know it. */
  void readMap() throws ErrnoException {
    blocks = FileBlocks.of((BlockMappedOperations) pages.operations());
  }

  /** Where it lay when it was last asked. */
  FileBlocks blocks() {
    return blocks;
  }

  AddressSpace pages() {
    return pages;
  }

  long size() {
    return file.inode().size();
  }

  /** How events name it. */
  String host() {
    return pages.host().toString();
  }

  /** Pages that hold the file's data ({@code mincore}). */
  BitSet resident() {
    BitSet resident = new BitSet();
    pages.forEachResident(
        0,
        Long.MAX_VALUE,
        folio -> {
          if (folio.isUpToDate()) {
            int first = (int) folio.index();
            resident.set(first, first + folio.pages());
          }
        });
    return resident;
  }

  BitSet dirty() {
    BitSet dirty = new BitSet();
    pages.forEachResident(
        0,
        Long.MAX_VALUE,
        folio -> {
          if (folio.isDirty()) {
            int first = (int) folio.index();
            dirty.set(first, first + folio.pages());
          }
        });
    return dirty;
  }

  @Override
  public void close() throws ErrnoException {
    vfs.close(file);
  }
}
