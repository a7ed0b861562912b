package dev.sekiso.pagecache;

/** An address space mapped by its owner, who closes it after all mappings. */
record PlainMappedFile(AddressSpace pages, ReadaheadState readahead) implements MappedFile {

  @Override
  public void keep() {}

  @Override
  public void letGo() {}

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public String toString() {
    return String.valueOf(pages.host());
  }
}
