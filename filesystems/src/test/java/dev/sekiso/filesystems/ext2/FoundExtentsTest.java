package dev.sekiso.filesystems.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.filesystems.block.Extent;
import org.junit.jupiter.api.Test;

class FoundExtentsTest {

  private static final int STRETCH = 1024;

  private final FoundExtents found = new FoundExtents(10);

  @Test
  void find_withinWhatWasKept_givesTheRest() {
    found.keep(100, Extent.mapped(5000, 50), 2);
    assertThat(found.find(100, 1000, 2)).isEqualTo(Extent.mapped(5000, 50));
    assertThat(found.find(120, 1000, 2)).isEqualTo(Extent.mapped(5020, 30));
    assertThat(found.find(120, 7, 2)).isEqualTo(Extent.mapped(5020, 7));
    assertThat(found.find(149, 7, 2)).isEqualTo(Extent.mapped(5049, 1));
  }

  @Test
  void find_beforeOrBehind_knowsNothing() {
    found.keep(100, Extent.mapped(5000, 50), 2);
    assertThat(found.find(99, 1, 2)).isNull();
    assertThat(found.find(150, 1, 2)).isNull();
    assertThat(found.find(100 + STRETCH, 1, 2)).isNull();
  }

  @Test
  void find_inAnotherVersionOfTheTree_knowsNothing() {
    found.keep(100, Extent.mapped(5000, 50), 2);
    assertThat(found.find(100, 1, 4)).isNull();
    assertThat(found.find(100, 1, 3)).isNull();
  }

  @Test
  void keep_pushesOutWhatIsATableAway_andNothingNearer() {
    for (int i = 0; i < 64; i++) {
      found.keep(BlockTree.DIRECT + (long) i * STRETCH, Extent.mapped(9000 + i, 1), 0);
    }
    for (int i = 0; i < 64; i++) {
      assertThat(found.find(BlockTree.DIRECT + (long) i * STRETCH, 1, 0))
          .isEqualTo(Extent.mapped(9000 + i, 1));
    }
    found.keep(BlockTree.DIRECT + 64L * STRETCH, Extent.mapped(70, 1), 0);
    assertThat(found.find(BlockTree.DIRECT, 1, 0)).isNull();
    assertThat(found.find(BlockTree.DIRECT + 64L * STRETCH, 1, 0)).isEqualTo(Extent.mapped(70, 1));
  }
}
