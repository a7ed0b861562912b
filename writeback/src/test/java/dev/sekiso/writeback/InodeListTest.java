package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The order of a list of dirty inodes. */
final class InodeListTest {

  private static final int SEEDS = 50;
  private static final int CHANGES = 400;
  private static final int AGES = 40;

  /** Also where the place that is looked from has left the list meanwhile. */
  @Test
  void addByAge_anyComingsAndGoings_keepsTheOrderOfAgesAndOfArrival() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      InodeList list = new InodeList("list");
      List<InodeNode> expected = new ArrayList<>();
      for (int i = 0; i < CHANGES; i++) {
        if (!expected.isEmpty() && random.nextInt(3) == 0) {
          list.remove(expected.remove(random.nextInt(expected.size())));
        } else {
          InodeNode node = new InodeNode(null, null, null);
          node.dirtiedWhen = random.nextInt(AGES);
          list.addByAge(node);
          int place = 0;
          while (place < expected.size() && expected.get(place).dirtiedWhen <= node.dirtiedWhen) {
            place++;
          }
          expected.add(place, node);
        }
        assertThat(oldestFirst(list)).as("seed %d, change %d", seed, i).isEqualTo(expected);
      }
    }
  }

  private static List<InodeNode> oldestFirst(InodeList list) {
    List<InodeNode> nodes = new ArrayList<>();
    for (InodeNode node = list.oldest(); node != null; node = node.newer) {
      nodes.add(node);
    }
    return nodes;
  }
}
