package dev.sekiso.integration.contents;

/** Files of an ext2 with four blocks in a page. */
class Ext2SmallBlocksContentsTest extends Ext2ContentsTest {

  @Override
  int blockSize() {
    return 1024;
  }
}
