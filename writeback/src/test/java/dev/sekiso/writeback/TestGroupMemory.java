package dev.sekiso.writeback;

/** A group's memory as the test says it is. */
final class TestGroupMemory implements GroupMemory {

  volatile long file;
  volatile long headroom;
  volatile long dirty;
  volatile long writeback;

  TestGroupMemory(long file, long headroom) {
    this.file = file;
    this.headroom = headroom;
  }

  @Override
  public long filePages() {
    return file;
  }

  @Override
  public long headroom() {
    return headroom;
  }

  @Override
  public long dirtyPages() {
    return dirty;
  }

  @Override
  public long writebackPages() {
    return writeback;
  }
}
